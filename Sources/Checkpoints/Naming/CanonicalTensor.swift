// A tensor under the name and in the orientation that OpenAI and open_clip use, whatever the file calls it.

import Evidence
import Storage

/// One tensor of the canonical state dict and how it is made from what is stored.
struct CanonicalTensor: Sendable {
  enum Arrangement: Sendable, Equatable {
    /// Stored as it is wanted.
    case asStored
    /// A matrix, stored [columns, rows].
    case transposed
    /// Several tensors, stacked along the first axis.
    case stacked
  }

  let shape: [Int]
  let type: ElementType
  let parts: [StoredTensor]
  let arrangement: Arrangement

  /// Row-major little-endian elements in canonical orientation.
  func bytes(from store: any TensorStore) throws -> [UInt8] {
    switch arrangement {
    case .asStored: return try store.bytes(of: parts[0])
    case .stacked: return try parts.reduce(into: []) { $0 += try store.bytes(of: $1) }
    case .transposed:
      return Self.transpose(
        try store.bytes(of: parts[0]), rows: shape[1], columns: shape[0], size: type.byteCount ?? 1)
    }
  }

  static func transpose(_ bytes: [UInt8], rows: Int, columns: Int, size: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      bytes.withUnsafeBufferPointer { source in
        for row in 0..<rows {
          for column in 0..<columns {
            let from = (row * columns + column) * size
            let to = (column * rows + row) * size
            for byte in 0..<size { buffer[to + byte] = source[from + byte] }
          }
        }
      }
      count = bytes.count
    }
  }
}

/// A state dict with its names understood.
struct CanonicalTensors: Sendable {
  private(set) var tensors: [String: CanonicalTensor] = [:]
  var anomalies: [String] = []
  private let place: String

  init(place: String) { self.place = place }

  private static let scalars = ["logit_scale", "logit_bias"]

  /// Adds a tensor.
  ///
  /// Throws if two stored tensors claim one name, or if parts do not belong together.
  mutating func add(
    _ name: String, _ parts: StoredTensor..., arrangement: CanonicalTensor.Arrangement = .asStored
  ) throws {
    let first = parts[0]
    var shape = first.shape
    switch arrangement {
    case .asStored: if Self.scalars.contains(name), shape == [1] { shape = [] }
    case .transposed:
      guard shape.count == 2 else {
        throw Fault("\(place), \(first.name)", "has the shape \(shape) where a matrix is needed")
      }
      shape.reverse()
    case .stacked:
      guard let rows = shape.first, parts.allSatisfy({ $0.shape == shape && $0.type == first.type }) else {
        throw Fault(
          "\(place), \(first.name)",
          "does not fit \(parts.dropFirst().map(\.name).joined(separator: " and "))",
          do: "query, key and value need one shape and one type")
      }
      shape[0] = rows * parts.count
    }
    let tensor = CanonicalTensor(shape: shape, type: first.type, parts: parts, arrangement: arrangement)
    guard tensors.updateValue(tensor, forKey: name) == nil else {
      throw Fault(
        "\(place), \(first.name)", "claims to be \(name), as another tensor does",
        do: "do not trust this file")
    }
  }

  /// Notes an array that nothing in a CLIP explains: a place to hide something.
  mutating func addUnexpected(_ tensor: StoredTensor) {
    anomalies.append(
      "The array \(tensor.name) (\(tensor.type.tag), \(tensor.shape)) is no part of a CLIP model.")
  }

  /// Notes a table of positions that does not simply count.
  mutating func checkCounting(_ tensor: StoredTensor, in store: any TensorStore) throws {
    let values = ElementBytes(try store.bytes(of: tensor), tensor.type).integers()
    if values != Array(0..<(values?.count ?? 0)) {
      anomalies.append("The table \(tensor.name) does not count from 0 upwards; it was ignored.")
    }
  }

  /// Notes a mask that lets a token see a later one.
  mutating func checkCausal(_ tensor: StoredTensor, in store: any TensorStore) throws {
    guard tensor.shape.count == 2, tensor.shape[0] == tensor.shape[1], tensor.type.isFloat else {
      return addUnexpected(tensor)
    }
    let side = tensor.shape[0]
    let values = ElementBytes(try store.bytes(of: tensor), tensor.type).floats()
    let isCausal = (0..<side).allSatisfy { row in
      (row + 1..<max(side, row + 1)).allSatisfy { values[row * side + $0] < -1e4 }
    }
    if !isCausal { anomalies.append("The mask \(tensor.name) is not causal; it was ignored.") }
  }
}
