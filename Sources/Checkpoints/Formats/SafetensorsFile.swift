// One safetensors file: 8 bytes of length, a JSON header, the data (huggingface/safetensors README; the rules and
// where ours are stricter than the reference parser's: formats.md F3).

import Evidence
import Storage

/// The header of a safetensors file, checked against the file, and its data by position.
struct SafetensorsFile: TensorStore {
  let tensors: [StoredTensor]
  let anomalies: [String]

  private let file: RandomAccessFile
  private let ranges: [String: Range<Int>]

  private static let longestHeader = 100_000_000
  private static let notableMetadata = 64 << 10

  /// Bits of an element and what it is, by the format's own names.
  private static let types: [String: (bits: Int, type: ElementType)] = [
    "BOOL": (8, .bool), "U8": (8, .uint8), "I8": (8, .int8), "U16": (16, .uint16), "I16": (16, .int16),
    "U32": (32, .uint32), "I32": (32, .int32), "U64": (64, .uint64), "I64": (64, .int64),
    "F16": (16, .float16),
    "BF16": (16, .bfloat16), "F32": (32, .float32), "F64": (64, .float64),
    "F4": (4, .unsupported("F4")), "F6_E2M3": (6, .unsupported("F6_E2M3")),
    "F6_E3M2": (6, .unsupported("F6_E3M2")),
    "F8_E5M2": (8, .unsupported("F8_E5M2")), "F8_E4M3": (8, .unsupported("F8_E4M3")),
    "F8_E8M0": (8, .unsupported("F8_E8M0")), "F8_E4M3FNUZ": (8, .unsupported("F8_E4M3FNUZ")),
    "F8_E5M2FNUZ": (8, .unsupported("F8_E5M2FNUZ")), "C64": (64, .unsupported("C64")),
  ]

  /// Whether a file begins like this format: a length, then an object.
  static func isBeginning(_ bytes: [UInt8]) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && length(bytes) <= UInt64(longestHeader)
  }

  private static func length(_ bytes: [UInt8]) -> UInt64 {
    bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads and checks the header.
  init(path: String) throws {
    let file = try RandomAccessFile(path: path)
    let beginning = try file.prefix(9)
    let length = Self.length(beginning)
    guard beginning.count == 9, length <= UInt64(min(Self.longestHeader, file.length - 8)) else {
      throw Fault(path, "is truncated, or no safetensors file", do: "get a complete copy of the file")
    }
    guard beginning[8] == UInt8(ascii: "{") else {
      throw Fault(path, "its header does not start with {", do: "do not trust this file")
    }
    let header = try JSON.parse(try file.read(at: 8, count: Int(length)), place: "\(path), header")
    let start = 8 + Int(length)
    let size = file.length - start

    var anomalies: [String] = []
    var found: [(tensor: StoredTensor, range: Range<Int>)] = []
    for (name, entry) in (header.members ?? [:]).sorted(by: { $0.key < $1.key }) {
      if name == "__metadata__" {
        try Self.noteMetadata(entry, path, &anomalies)
      } else {
        found.append(try Self.tensor(name, entry, "\(path), \(name)", &anomalies))
      }
    }
    found.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for (tensor, range) in found {
      guard range.lowerBound == end else {
        throw Fault(
          "\(path), \(tensor.name)",
          "starts at byte \(range.lowerBound) of the data where \(end) is expected",
          do: "do not trust this file")
      }
      end = range.upperBound
    }
    guard end == size else {
      throw Fault(
        path, "has \(size) bytes of data where its header names \(end)", do: "get a complete copy of the file"
      )
    }
    self.file = file
    self.anomalies = anomalies
    tensors = found.map(\.tensor).sorted { $0.name < $1.name }
    ranges = Dictionary(
      uniqueKeysWithValues: found.map {
        ($0.tensor.key, start + $0.range.lowerBound..<start + $0.range.upperBound)
      })
  }

  func bytes(of tensor: StoredTensor) throws -> [UInt8] {
    guard let range = ranges[tensor.key] else { throw Fault(file.path, "has no tensor \(tensor.key)") }
    return try file.read(at: range.lowerBound, count: range.count)
  }

  private static func noteMetadata(_ metadata: JSON, _ path: String, _ anomalies: inout [String]) throws {
    guard let members = metadata.members, members.values.allSatisfy({ $0.text != nil }) else {
      throw Fault(path, "its __metadata__ is not made of texts", do: "do not trust this file")
    }
    let size = members.reduce(0) { $0 + $1.key.utf8.count + ($1.value.text ?? "").utf8.count }
    if size > notableMetadata { anomalies.append("Its metadata is \(size) bytes long.") }
  }

  private static func tensor(
    _ name: String, _ entry: JSON, _ place: String, _ anomalies: inout [String]
  ) throws -> (StoredTensor, Range<Int>) {
    func broken(_ what: String) -> Fault { Fault(place, what, do: "do not trust this file") }
    guard let label = entry["dtype"]?.text, let (bits, type) = types[label] else {
      throw broken("has no known element type")
    }
    guard let shape = entry["shape"]?.elements?.compactMap(\.whole), shape.allSatisfy({ $0 >= 0 }),
      shape.count == entry["shape"]?.elements?.count
    else { throw broken("has no valid shape") }
    guard let offsets = entry["data_offsets"]?.elements, offsets.count == 2, let begin = offsets[0].whole,
      let end = offsets[1].whole, 0 <= begin, begin <= end
    else { throw broken("has no valid data_offsets") }
    guard let needed = product(shape + [bits]), needed.isMultiple(of: 8), needed / 8 == end - begin else {
      throw broken("has \(end - begin) bytes, which do not fit \(shape) of \(label)")
    }
    let extra = Set((entry.members ?? [:]).keys).subtracting(["dtype", "shape", "data_offsets"]).sorted()
    if !extra.isEmpty {
      anomalies.append("The tensor \(name) has unknown fields: \(extra.joined(separator: ", ")).")
    }
    if name.isEmpty { anomalies.append("A tensor has an empty name.") }
    return (StoredTensor(name: name, key: name, shape: shape, type: type), begin..<end)
  }

  /// The product, or nil if it overflows.
  ///
  /// A zero makes it zero, whatever stands beside it.
  private static func product(_ factors: [Int]) -> Int? {
    if factors.contains(0) { return 0 }
    return factors.reduce(1) { (product: Int?, factor) in
      guard let (value, overflow) = product?.multipliedReportingOverflow(by: factor), !overflow else {
        return nil
      }
      return value
    }
  }
}
