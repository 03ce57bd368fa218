// Any Codable value comes back equal from a file.

import Evidence
import Foundation
import Storage
import Testing

private struct Leaf: Codable, Equatable {
  var name: String
  var weight: Double
  var box: [Int]?
}

private enum Colour: String, Codable { case red, green }

private enum Outcome: Codable, Equatable {
  case moved(count: Int, to: String)
  case nothing
}

private struct Everything: Codable, Equatable {
  var floats: [Float] = [1, .infinity, -0.5]
  var doubles: [Double] = [1 / 3]
  var integers: [Int] = [.min, 0, .max]
  var bytes: [UInt8] = [0, 255]
  var small: [Int8] = [-128, 127]
  var flags = [true, false]
  var texts = ["", "猫"]
  var empty: [Float] = []
  var noTexts: [String] = []
  var nested: [[Float]] = [[1], [], [2, 3]]
  var gaps: [Int?] = [1, nil, 3, nil]
  var leaves = [Leaf(name: "a", weight: 1, box: [1, 2]), Leaf(name: "b", weight: -1, box: nil)]
  var noLeaves: [Leaf] = []
  var seed = UInt64.max
  var single: Float = 0.1
  var colour = Colour.green
  var colours = [Colour.red, .green]
  var present: Int? = 5
  var absent: Int?
  var doublyAbsent: Leaf??
  var table = ["a/b": 1, "": 2, ".": 3, "100%": 4, "%2F": 5, "zwölf": 6]
  var leavesByName = ["x": Leaf(name: "x", weight: 2, box: [])]
  var emptyTable: [String: Int] = [:]
  var byNumber = [3: "three", -1: "minus one"]
  var outcomes = [Outcome.moved(count: 3, to: "bird"), .nothing]
  @OrNull var orNull: Leaf?
}

@Suite(.serialized) struct CoderTests {
  private func roundTrip<Value: Codable>(_ value: Value, at group: String = "stage/result") throws -> Value {
    try withFolder { folder in
      let path = "\(folder)/case.h5"
      let writer = try HDF5Writer(path: path)
      try HDF5Encoder.encode(value, into: writer, at: group)
      try writer.close()
      return try HDF5Decoder.decode(Value.self, from: HDF5Reader(path: path), at: group)
    }
  }

  @Test("Structs, enums, dictionaries, optionals and arrays of all kinds come back equal")
  func everything() throws {
    var value = Everything()
    #expect(try roundTrip(value) == value)
    value.orNull = Leaf(name: "set", weight: 0, box: nil)
    value.absent = 0
    #expect(try roundTrip(value, at: "") == value)
  }

  @Test("Values without a struct around them come back equal")
  func bare() throws {
    #expect(try roundTrip(7) == 7)
    #expect(try roundTrip("text") == "text")
    #expect(try roundTrip([Float](repeating: 2, count: 5)) == [2, 2, 2, 2, 2])
    #expect(try roundTrip([Leaf]()) == [])
    #expect(try roundTrip(Int?.none) == nil)
    #expect(try roundTrip(["a": [Colour.red: 1]]) == ["a": [Colour.red: 1]])
  }

  @Test("Ten million floats are one dataset and take no longer than a copy of them would")
  func large() throws {
    let values = [Float](repeating: 0.5, count: 10_000_000)
    let start = ContinuousClock.now
    #expect(try roundTrip(["embedding": values])["embedding"] == values)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test("What is missing or of another kind is named")
  func named() throws {
    try withFolder { folder in
      let path = "\(folder)/case.h5"
      let writer = try HDF5Writer(path: path)
      try HDF5Encoder.encode(["name": "a"], into: writer, at: "leaf")
      try HDF5Encoder.encode(["colour": "blue"], into: writer, at: "paint")
      try writer.close()
      let reader = try HDF5Reader(path: path)
      let missing = #expect(throws: Fault.self) {
        try HDF5Decoder.decode(Leaf.self, from: reader, at: "leaf")
      }
      #expect(missing?.place == "\(path), leaf/weight")
      #expect(missing?.problem == "is missing")
      let kind = #expect(throws: Fault.self) {
        try HDF5Decoder.decode([String: Int].self, from: reader, at: "leaf")
      }
      #expect(kind?.place == "\(path), leaf/name")
      #expect(throws: Fault.self) { try HDF5Decoder.decode([String: Colour].self, from: reader, at: "paint") }
      #expect(throws: Fault.self) { try HDF5Decoder.decode(Leaf.self, from: reader, at: "nowhere") }
    }
  }
}
