// The state of a repair on disk, replaced in one step: a run that was killed at any moment goes on from the last one.

import Evidence
import Foundation
import Gradients
import Repair
import Storage

/// Where a repair's state is kept.
struct RepairStateFile {
  let path: String

  /// Replaces the state.
  ///
  /// - Throws: `Fault` when the disk is full; the last good state is kept.
  func write(_ state: RepairState) throws {
    let names = state.weights.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let record = try JSONEncoder().encode(state.record)
    try AtomicFile.write(path) { temporary in
      let writer = try HDF5Writer(path: temporary)
      try writer.attribute("key", state.key)
      try writer.attribute("step", state.step)
      try writer.attribute("steps", state.optimizer.steps)
      try writer.write(names, to: "names")
      try writer.write(state.optimizer.counts, to: "counts")
      try writer.write(Array(record), to: "record")
      for (place, name) in names.enumerated() {
        try writer.write(state.weights[name] ?? [], to: "weights/\(place)")
      }
      for (place, list) in state.optimizer.moments.enumerated() {
        for (kind, values) in list.enumerated() { try writer.write(values, to: "moments/\(place)/\(kind)") }
      }
      try writer.close()
    }
  }

  /// The last state; nil where there is none that can be read.
  func read() -> RepairState? {
    guard FileManager.default.fileExists(atPath: path), let reader = try? HDF5Reader(path: path) else {
      return nil
    }
    let attributes = reader.attributes(of: "")
    guard case .string(let key)? = attributes["key"], case .integer(let step)? = attributes["step"],
      case .integer(let steps)? = attributes["steps"], let names = try? reader.strings("names"),
      let counts = try? reader.integers("counts"), let record = try? reader.bytes("record"),
      let parsed = try? JSONDecoder().decode([StepRecord].self, from: Data(record))
    else { return nil }
    var weights: [String: [Float]] = [:]
    for (place, name) in names.enumerated() {
      guard let values = try? reader.floats("weights/\(place)") else { return nil }
      weights[name] = values
    }
    var moments: [[[Float]]] = []
    for place in counts.indices {
      var list: [[Float]] = []
      while reader.dataset("moments/\(place)/\(list.count)") != nil {
        guard let values = try? reader.floats("moments/\(place)/\(list.count)") else { return nil }
        list.append(values)
      }
      moments.append(list)
    }
    return RepairState(
      key: key, step: step, weights: weights,
      optimizer: OptimizerState(steps: steps, counts: counts, moments: moments), record: parsed)
  }
}
