// The identity of weights, independent of container, order and naming, and what in them is no number
// (report.md E1.7 item 2). One pass over the data gives both.
//
// d = SHA-256(name ‖ 0x1F ‖ type ‖ 0x1F ‖ rank and dimensions as u64 LE ‖ elements LE) for each tensor, under its
// canonical name and in canonical orientation, so that the same weights agree in OpenAI's and Hugging Face's names;
// the model's digest is SHA-256 of all d in the order of the names' bytes. Tables that are no weights (position_ids,
// num_batches_tracked, attn_mask) take no part.

import Evidence
import Storage

/// What one pass over all tensors shows.
public struct TensorScan: Sendable, Equatable {
  /// One tensor.
  public struct Tensor: Sendable, Equatable {
    /// Its canonical name.
    public let name: String
    /// Its element type.
    public let type: String
    /// Its canonical shape.
    public let shape: [Int]
    /// Its digest, 64 hexadecimal digits.
    public let digest: String
    /// Elements that are infinite or not a number.
    public let nonFinite: Int
  }

  /// The tensors, by name.
  public let tensors: [Tensor]
  /// The digest of all of them, 64 hexadecimal digits.
  public let digest: String

  /// Elements of the whole model that are infinite or not a number.
  public var nonFinite: Int { tensors.reduce(0) { $0 + $1.nonFinite } }
}

extension Checkpoint {
  /// Reads every tensor once.
  public func scan() throws -> TensorScan {
    var model = Digest256()
    var tensors: [TensorScan.Tensor] = []
    for name in names {
      let shape = shape(name) ?? []
      let type = elementType(name)
      let elements = try bytes(name)
      var digest = Digest256()
      digest.update(name)
      digest.update([0x1F])
      digest.update(type.tag)
      digest.update([0x1F])
      for number in [shape.count] + shape {
        withUnsafeBytes(of: UInt64(number).littleEndian) { digest.update($0) }
      }
      digest.update(elements)
      let sum = digest.bytes()
      model.update(sum)
      tensors.append(
        TensorScan.Tensor(
          name: name, type: type.tag, shape: shape, digest: Digest256.hexadecimal(sum),
          nonFinite: Self.nonFinite(elements, type)))
    }
    return TensorScan(tensors: tensors, digest: model.hex())
  }

  /// The digest of all tensors, 64 hexadecimal digits: the weights' identity.
  public func digest() throws -> String { try scan().digest }

  /// Elements of a tensor that are infinite or not a number.
  ///
  /// Throws if there is none of that name.
  public func nonFiniteCount(_ name: String) throws -> Int {
    Self.nonFinite(try bytes(name), elementType(name))
  }

  private static func nonFinite(_ bytes: [UInt8], _ type: ElementType) -> Int {
    switch type {
    case .float64: ElementBytes(bytes, type).doubles().count { !$0.isFinite }
    case .float16, .bfloat16, .float32: ElementBytes(bytes, type).floats().count { !$0.isFinite }
    default: 0
    }
  }
}
