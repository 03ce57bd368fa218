// What is written comes back, and equal content gives equal files.

import Evidence
import Foundation
import Storage
import Testing

@Suite(.serialized) struct HDF5RoundTripTests {
  @Test("Every type and rank that is written comes back equal")
  func everyType() throws {
    try withFolder { folder in
      let path = "\(folder)/all.h5"
      let writer = try HDF5Writer(path: path)
      let floats: [Float] = [1.5, -0, .infinity, 3.25e-20, 7, 8]
      try writer.write(floats, shape: [2, 3], to: "a/b.c")
      try writer.write(floats, shape: [2, 3], to: "a/compressed", compressed: true)
      try writer.write([1.5, 65504, 1e-7], to: "a/half", half: true)
      try writer.write([1.0 / 3, -1e-300], to: "double")
      try writer.write([UInt8](0...255), shape: [16, 16], to: "bytes")
      try writer.write([0, UInt16.max], to: "u16")
      try writer.write([Int32.min, Int32.max], to: "i32")
      try writer.write([Int64.min, Int64.max], to: "i64")
      try writer.write([0, UInt64.max], to: "u64")
      try writer.write([true, false], to: "flags")
      try writer.write(["eins", "", "猫 zwölf"], to: "text")
      try writer.write([Float(2.5)], shape: [], to: "scalar")
      try writer.write([Float](), shape: [0, 4], to: "empty", compressed: true)
      try writer.group("only/groups")
      try writer.close()

      let reader = try HDF5Reader(path: path)
      #expect(try reader.floats("a/b.c") == floats)
      #expect(reader.dataset("a/b.c")?.shape == [2, 3])
      #expect(try reader.floats("a/compressed") == floats)
      #expect(reader.dataset("a/half")?.type == .float16)
      #expect(try reader.floats("a/half") == [1.5, 65504, Float(Float16(1e-7))])
      #expect(try reader.doubles("double") == [1.0 / 3, -1e-300])
      #expect(try reader.bytes("bytes") == [UInt8](0...255))
      #expect(try reader.integers("u16") == [0, 65535])
      #expect(try reader.integers("i32") == [Int(Int32.min), Int(Int32.max)])
      #expect(try reader.integers("i64") == [.min, .max])
      #expect(
        try reader.rawBytes("u64") == [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 255, count: 8))
      #expect(throws: (any Error).self) { try reader.integers("u64") }
      #expect(reader.dataset("flags")?.type == .bool)
      #expect(try reader.integers("flags") == [1, 0])
      #expect(try reader.strings("text") == ["eins", "", "猫 zwölf"])
      #expect(try reader.floats("scalar") == [2.5])
      #expect(reader.dataset("scalar")?.shape == [])
      #expect(try reader.floats("empty").isEmpty)
      #expect(reader.dataset("empty")?.shape == [0, 4])
      #expect(reader.groups == ["a", "only", "only/groups"])
      #expect(reader.members(of: "a") == ["b.c", "compressed", "half"])
      #expect(reader.anomalies.isEmpty)
    }
  }

  @Test("Attributes come back, and a second value replaces the first")
  func attributes() throws {
    try withFolder { folder in
      let path = "\(folder)/attributes.h5"
      let writer = try HDF5Writer(path: path)
      try writer.write([Float(1)], to: "x")
      try writer.attribute("name", "zwölf")
      try writer.attribute("count", 6, on: "x")
      try writer.attribute("count", 7, on: "x")
      try writer.attribute("share", 0.25, on: "x")
      try writer.close()
      let reader = try HDF5Reader(path: path)
      #expect(reader.attributes(of: "") == ["name": .string("zwölf")])
      #expect(reader.attributes(of: "x") == ["count": .integer(7), "share": .number(0.25)])
    }
  }

  @Test("Rows written in pieces make the whole, in every order and type")
  func rows() throws {
    try withFolder { folder in
      let path = "\(folder)/rows.h5"
      let writer = try HDF5Writer(path: path)
      let values = (0..<70).map { Float($0) / 4 }
      for (name, type) in [
        ("f16", HDF5Reader.ElementType.float16), ("bf16", .bfloat16), ("f32", .float32), ("f64", .float64),
      ] {
        try writer.create(name, shape: [10, 7], type: type, chunkRows: 3, compressed: name == "f32")
        for rows in [7..<10, 0..<4, 4..<7] {
          try writer.write(
            rows: rows, of: name, floats: Array(values[rows.lowerBound * 7..<rows.upperBound * 7]))
        }
      }
      try writer.create("text", shape: [3], type: .string, chunkRows: 2, compressed: false)
      try writer.write(rows: 1..<3, of: "text", strings: ["b", "c"])
      try writer.write(rows: 0..<1, of: "text", strings: ["a"])
      #expect(throws: (any Error).self) {
        try writer.write(rows: 9..<11, of: "f32", floats: [Float](repeating: 0, count: 14))
      }
      #expect(throws: (any Error).self) { try writer.write(rows: 0..<1, of: "f32", floats: [1]) }
      try writer.close()

      let reader = try HDF5Reader(path: path)
      for name in ["f16", "bf16", "f32", "f64"] {
        #expect(try reader.floats(name) == values)
        #expect(try reader.floats(name, rows: 2..<5) == Array(values[14..<35]))
        #expect(try reader.floats(name, rows: 4..<4).isEmpty)
        #expect(throws: (any Error).self) { try reader.floats(name, rows: 8..<11) }
      }
      #expect(reader.dataset("bf16")?.type == .bfloat16)
      #expect(reader.dataset("f32")?.chunk == [3, 7])
      #expect(try reader.strings("text") == ["a", "b", "c"])
      #expect(try reader.strings("text", rows: 1..<2) == ["b"])
    }
  }

  @Test("The same content written a second later gives the same bytes")
  func reproducible() throws {
    try withFolder { folder in
      for name in ["first", "second"] {
        let writer = try HDF5Writer(path: "\(folder)/\(name)")
        try writer.write(
          [Float](repeating: 1, count: 10_000), shape: [100, 100], to: "a/b", compressed: true)
        try writer.write(["x", "y"], to: "text")
        try writer.create("rows", shape: [4, 2], type: .uint8, chunkRows: 2, compressed: true)
        try writer.create("more", shape: [4, 2], type: .uint8, chunkRows: 2, compressed: true)
        try writer.write(rows: 0..<4, of: "rows", bytes: [UInt8](0..<8))
        try writer.write(rows: 0..<4, of: "more", bytes: [UInt8](0..<8))
        try writer.attribute("seed", 7)
        try writer.close()
        if name == "first" { Thread.sleep(forTimeInterval: 1.1) }
      }
      #expect(try Digest256.hex(ofFile: "\(folder)/first") == Digest256.hex(ofFile: "\(folder)/second"))
    }
  }

  @Test("What cannot be written is said in a sentence")
  func refusals() throws {
    try withFolder { folder in
      let writer = try HDF5Writer(path: "\(folder)/x.h5")
      #expect(throws: (any Error).self) { try writer.write([Float(1)], shape: [2], to: "a") }
      #expect(throws: (any Error).self) { try writer.write(["a\0b"], to: "b") }
      try writer.write([Float(1)], to: "c")
      #expect(throws: (any Error).self) { try writer.write([Float(1)], to: "c") }
      try writer.close()
      #expect(throws: (any Error).self) { try writer.write([Float(1)], to: "d") }
      #expect(throws: (any Error).self) { try HDF5Writer(path: "\(folder)/missing/x.h5") }
    }
  }

  @Test("A full disk is called a full disk")
  func fullDisk() throws {
    let fault = #expect(throws: Fault.self) {
      let writer = try HDF5Writer(path: "/dev/full")
      try writer.write([Float](repeating: 1, count: 1 << 20), to: "values")
      try writer.close()
    }
    #expect(fault?.problem == "the disk is full")
  }
}
