// What every file format comes down to: named arrays with a shape and an element type, read one at a time.

import Storage

/// What the elements of a tensor are.
typealias ElementType = HDF5Reader.ElementType

extension ElementType {
  /// The short name used in reports and digests: f16, bf16, f32, i64, ...
  var tag: String {
    switch self {
    case .float16: "f16"
    case .bfloat16: "bf16"
    case .float32: "f32"
    case .float64: "f64"
    case .uint8: "u8"
    case .int8: "i8"
    case .uint16: "u16"
    case .int16: "i16"
    case .uint32: "u32"
    case .int32: "i32"
    case .uint64: "u64"
    case .int64: "i64"
    case .bool: "bool"
    case .string: "string"
    case .unsupported(let name): name
    }
  }

  /// Whether weights may be stored so.
  var isFloat: Bool { [.float16, .bfloat16, .float32, .float64].contains(self) }
}

/// One array of a file, before anybody knows what it is for.
struct StoredTensor: Sendable, Equatable {
  /// Its state-dict key as far as the file tells: groups are joined by dots.
  var name: String
  /// What the store calls it.
  var key: String
  var shape: [Int]
  var type: ElementType
}

/// The arrays of a checkpoint.
///
/// Nothing is read before it is asked for, and nothing is kept.
protocol TensorStore: Sendable {
  var tensors: [StoredTensor] { get }
  /// Row-major little-endian elements of one array.
  func bytes(of tensor: StoredTensor) throws -> [UInt8]
}
