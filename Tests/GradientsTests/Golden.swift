// The golden gradients: inputs, result and gradients of one operation, by PyTorch in double precision
// (Fixtures/golden/repair/operations.py).

import Foundation
import Storage
import Testing

@testable import Gradients

/// One group of operations.h5.
struct Golden {
  let name: String
  let store: HDF5Reader

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden/repair")

  init(_ name: String) throws {
    self.name = name
    store = try HDF5Reader(path: Golden.folder.appending(path: "operations.h5").path)
  }

  func shape(_ input: String) throws -> [Int] {
    try #require(store.dataset("\(name)/\(input)"), "\(name)/\(input)").shape
  }

  func values(_ input: String) throws -> [Float] { try store.floats("\(name)/\(input)") }

  func integers(_ input: String) throws -> [Int] { try store.integers("\(name)/\(input)") }

  func number(_ attribute: String) -> Float {
    switch store.attributes(of: name)[attribute] {
    case .number(let value): Float(value)
    case .integer(let value): Float(value)
    default: .nan
    }
  }

  /// A tensor as PyTorch has it, or a map with its channels last.
  func leaf(_ tape: Tape, _ input: String, maps: Bool = false) throws -> Variable {
    let (shape, values) = (try shape(input), try values(input))
    guard maps, shape.count == 4 else { return tape.leaf(shape, values, needsGradient: true) }
    return tape.leaf(
      [shape[0], shape[2], shape[3], shape[1]], channelsLast(values, shape), needsGradient: true)
  }

  /// Runs an operation and compares its result and every gradient.
  ///
  /// - Parameter maps: the inputs, and `output`, that are maps of channels.
  func check(
    _ inputs: [String], maps: Set<String> = [], _ operation: (Tape, [Variable]) throws -> Variable
  ) throws {
    for threads in [1, 2] {
      let tape = Tape(threads: threads)
      let leaves = try inputs.map { try leaf(tape, $0, maps: maps.contains($0)) }
      let result = try operation(tape, leaves)
      let isMap = maps.contains("output")
      func given(_ name: String) throws -> [Float] {
        isMap ? channelsLast(try values(name), try shape(name)) : try values(name)
      }
      expect(result.values, try given("output"), "the result of \(name)")
      tape.backward(
        from: result, seed: store.dataset("\(name)/upstream") == nil ? nil : try given("upstream"))
      for (input, leaf) in zip(inputs, leaves) {
        let wanted = try values("d_" + input)
        let ordered = maps.contains(input) ? channelsLast(wanted, try shape(input)) : wanted
        expect(leaf.gradient ?? [], ordered, "the gradient of \(name) for \(input)")
      }
    }
  }

  /// Equal to 1e-5 of the largest: single against double precision over short sums.
  ///
  /// Some gradients, of a key's bias for one, are nothing but rounding: hence the floor.
  private func expect(_ found: [Float], _ wanted: [Float], _ what: String) {
    #expect(found.count == wanted.count, "\(what): \(found.count) values, not \(wanted.count)")
    let size = wanted.reduce(Float(1e-2)) { max($0, abs($1)) }
    let worst = zip(found, wanted).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / size
    #expect(worst < 1e-5, "\(what) is off by \(worst)")
  }
}

/// [items, channels, height, width] to [items, height, width, channels].
func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
  let (channels, area) = (shape[1], shape[2] * shape[3])
  return (0..<shape[0]).flatMap { item in
    (0..<area).flatMap { cell in
      (0..<channels).map { values[(item * channels + $0) * area + cell] }
    }
  }
}
