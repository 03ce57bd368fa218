// The state of a repair on disk, replaced in one step: a run that was killed at any moment goes on from the last one.

import Evidence
import Foundation
import Repair
import Storage

/// Where a repair's state is kept.
struct RepairStateFile {
  let path: String

  /// Replaces the state.
  ///
  /// - Throws: `Fault` when the disk is full; the last good state is kept.
  func write(_ state: RepairState) throws {
    let record = try JSONEncoder().encode(state.record)
    try AtomicFile.write(path) { temporary in
      let writer = try HDF5Writer(path: temporary)
      try writer.attribute("key", state.key)
      try writer.attribute("step", state.step)
      try writer.attribute("steps", state.optimizerSteps)
      try writer.attribute("moments", state.momentsPerWeight)
      try writer.write(state.names, to: "names")
      try writer.write(state.counts, to: "counts")
      try writer.write(Array(record), to: "record")
      for place in state.names.indices {
        try writer.write(try state.values(place), to: "weights/\(place)")
        for (kind, values) in try state.moments(place).enumerated() {
          try writer.write(values, to: "moments/\(place)/\(kind)")
        }
      }
      try writer.close()
    }
  }

  /// The last state; nil where there is none that can be read.
  ///
  /// Its tensors are read when they are asked for.
  func read() -> RepairState? {
    guard FileManager.default.fileExists(atPath: path), let reader = try? HDF5Reader(path: path) else {
      return nil
    }
    let attributes = reader.attributes(of: "")
    guard case .string(let key)? = attributes["key"], case .integer(let step)? = attributes["step"],
      case .integer(let steps)? = attributes["steps"], case .integer(let kinds)? = attributes["moments"],
      (0...2).contains(kinds), let names = try? reader.strings("names"),
      let counts = try? reader.integers("counts"), let record = try? reader.bytes("record"),
      let parsed = try? JSONDecoder().decode([StepRecord].self, from: Data(record))
    else { return nil }
    let sizes = names.indices.compactMap { reader.dataset("weights/\($0)")?.count }
    guard sizes.count == names.count, counts.count == names.count,
      names.indices.allSatisfy({ place in
        (0..<kinds).allSatisfy { reader.dataset("moments/\(place)/\($0)")?.count == sizes[place] }
      })
    else { return nil }
    return RepairState(
      key: key, step: step, record: parsed, names: names, sizes: sizes,
      values: { try reader.floats("weights/\($0)") }, optimizerSteps: steps, counts: counts,
      momentsPerWeight: kinds,
      moments: { place in try (0..<kinds).map { try reader.floats("moments/\(place)/\($0)") } })
  }
}
