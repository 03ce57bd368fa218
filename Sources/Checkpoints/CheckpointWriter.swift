// A checkpoint with some tensors changed, written in the names and the types that it came in: every array that was not
// changed keeps its bytes.

import Evidence
import Foundation
import Storage

extension Checkpoint {
  /// The arrays of the file with new values in place of some, encoded one at a time: all of them are the model once more.
  private struct Changed {
    let checkpoint: Checkpoint
    /// By the name of a stored array, the changed tensor that it is a part of, with the new values of the whole.
    let owners: [String: (tensor: CanonicalTensor, values: [Float])]

    func callAsFunction(_ stored: StoredTensor) throws -> [UInt8] {
      guard let (tensor, values) = owners[stored.key],
        let encoded = ElementBytes.encoding(values, as: tensor.type)?.bytes
      else { return try checkpoint.stored(stored) }
      return tensor.part(stored.key, of: encoded)
    }
  }

  /// Rounds new values of a tensor as a file of this model will hold them.
  public func rounded(_ values: [Float], of name: String) -> [Float] {
    ElementBytes.encoding(values, as: elementType(name))?.floats() ?? values
  }

  /// Writes the model with new values for some tensors, as HDF5 in the layout of the source.
  ///
  /// - Parameter changes: values by canonical name, in canonical orientation.
  /// - Throws: `Fault` when a name or a shape is not the model's, or the disk fails; nothing is left half-written.
  public func writeHDF5(_ changes: [String: [Float]], to path: String) throws {
    let changed = try changed(changes)
    try AtomicFile.write(path) { temporary in
      let writer = try HDF5Writer(path: temporary)
      let isAlike = format == HDF5Format.name
      for tensor in storedTensors(asStateDict: !isAlike) {
        try writer.write(
          raw: try changed(tensor), type: tensor.type, shape: tensor.shape,
          to: isAlike ? tensor.key : tensor.name)
      }
      if let embeddedMerges { try writer.write(embeddedMerges, to: "tokenizer/merges") }
      if let text = embeddedConfiguration { try writer.attribute("model_config", text) }
      try writer.close()
    }
  }

  /// Writes the model with new values for some tensors, as safetensors.
  ///
  /// - Parameter changes: values by canonical name, in canonical orientation.
  /// - Throws: `Fault` as `writeHDF5` does.
  public func writeSafetensors(_ changes: [String: [Float]], to path: String) throws {
    let changed = try changed(changes)
    let labels: [(ElementType, String)] = [
      (.float16, "F16"), (.bfloat16, "BF16"), (.float32, "F32"), (.float64, "F64"), (.int64, "I64"),
      (.int32, "I32"), (.uint8, "U8"), (.bool, "BOOL"), (.int8, "I8"), (.int16, "I16"), (.uint16, "U16"),
      (.uint32, "U32"), (.uint64, "U64"),
    ]
    var header = ["\"__metadata__\":{\"format\":\"pt\"}"]
    var offset = 0
    let tensors = storedTensors(asStateDict: true)
    for tensor in tensors {
      guard let label = labels.first(where: { $0.0 == tensor.type })?.1, let size = tensor.type.byteCount
      else {
        throw Fault("\(self.path), \(tensor.name)", "has no type that safetensors knows")
      }
      let count = tensor.shape.reduce(size, *)
      let name = String(decoding: try JSONEncoder().encode(tensor.name), as: UTF8.self)
      header.append(
        "\(name):{\"dtype\":\"\(label)\",\"shape\":[\(tensor.shape.map(String.init).joined(separator: ","))],"
          + "\"data_offsets\":[\(offset),\(offset + count)]}")
      offset += count
    }
    var text = Array(("{" + header.joined(separator: ",") + "}").utf8)
    // Data begins at a multiple of 8; the format pads its header with spaces.
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    try AtomicFile.write(path) { temporary in
      guard let file = FileHandle(forWritingAtPath: temporary) else {
        throw Fault(path, "cannot be written", do: "check the disk and its permissions")
      }
      do {
        try file.write(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        try file.write(contentsOf: text)
        for tensor in tensors { try file.write(contentsOf: try changed(tensor)) }
        try file.close()
      } catch let fault as Fault {
        throw fault
      } catch {
        throw Fault(path, "could not be written whole", do: "make room on the disk")
      }
    }
  }

  private func changed(_ changes: [String: [Float]]) throws -> Changed {
    var owners: [String: (tensor: CanonicalTensor, values: [Float])] = [:]
    for (name, values) in changes {
      guard let tensor = canonical(name), tensor.shape.reduce(1, *) == values.count else {
        throw Fault("\(path), \(name)", "is no tensor of this model with \(values.count) values")
      }
      guard ElementBytes.encoding([], as: tensor.type) != nil else {
        throw Fault("\(path), \(name)", "is stored as \(tensor.type.tag), which holds no weights")
      }
      for part in tensor.parts { owners[part.key] = (tensor, values) }
    }
    return Changed(checkpoint: self, owners: owners)
  }
}

extension CanonicalTensor {
  /// The bytes of one stored part, out of all bytes in canonical orientation.
  func part(_ key: String, of bytes: [UInt8]) -> [UInt8] {
    switch arrangement {
    case .asStored: return bytes
    case .transposed:
      // Canonical [rows, columns] was made from a stored [columns, rows].
      return Self.transpose(bytes, rows: shape[0], columns: shape[1], size: type.byteCount ?? 1)
    case .stacked:
      let size = bytes.count / parts.count
      let place = parts.firstIndex { $0.key == key } ?? 0
      return Array(bytes[place * size..<(place + 1) * size])
    }
  }
}
