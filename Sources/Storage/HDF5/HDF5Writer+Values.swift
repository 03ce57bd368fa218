// Writing values: a whole array in one call, or rows of an array that was made before.

import CAssay
import CHDF5
import Evidence

extension HDF5Writer {
  // MARK: Whole datasets. `shape` defaults to one axis; [] is a scalar.

  /// Writes single precision, or half precision if `half`.
  public func write(
    _ values: [Float], shape: [Int]? = nil, to path: String, half: Bool = false, compressed: Bool = false
  ) throws {
    if half {
      try write(elements: Self.halves(values, assay_f32_to_f16), .float16, shape, path, compressed)
    } else {
      try write(elements: values, .float32, shape, path, compressed)
    }
  }

  /// Writes double precision.
  public func write(_ values: [Double], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .float64, shape, path, compressed)
  }

  /// Writes bytes.
  public func write(_ values: [UInt8], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .uint8, shape, path, compressed)
  }

  /// Writes unsigned 16-bit integers.
  public func write(_ values: [UInt16], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .uint16, shape, path, compressed)
  }

  /// Writes 32-bit integers.
  public func write(_ values: [Int32], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .int32, shape, path, compressed)
  }

  /// Writes 64-bit integers.
  public func write(_ values: [Int64], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .int64, shape, path, compressed)
  }

  /// Writes integers as 64-bit integers.
  public func write(_ values: [Int], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws {
    try write(elements: values, .int64, shape, path, compressed)
  }

  /// Writes unsigned 64-bit integers.
  public func write(_ values: [UInt64], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    try write(elements: values, .uint64, shape, path, compressed)
  }

  /// Writes booleans, the way h5py does.
  public func write(_ values: [Bool], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws {
    try write(elements: values, .bool, shape, path, compressed)
  }

  /// Writes strings of variable length in UTF-8.
  ///
  /// Throws if one contains a zero byte.
  public func write(_ values: [String], shape: [Int]? = nil, to path: String, compressed: Bool = false) throws
  {
    let texts = try CStrings(values, "\(self.path), \(path)")
    try store(
      path, shape: shape ?? [values.count], type: .string, count: values.count, compressed: compressed
    ) {
      texts.write($0, $1, hid_t(H5S_ALL), hid_t(H5S_ALL))
    }
  }

  /// Writes elements that are already in little-endian form.
  ///
  /// bfloat16 becomes uint16 with the attribute `dtype` = "bfloat16", which readers without the type understand.
  public func write(raw bytes: [UInt8], type: HDF5Reader.ElementType, shape: [Int], to path: String) throws {
    guard let size = type.byteCount, bytes.count.isMultiple(of: size) else {
      throw Fault("\(self.path), \(path)", "\(bytes.count) bytes are no whole number of \(type) elements")
    }
    let stored = type == .bfloat16 ? .uint16 : type
    try store(path, shape: shape, type: stored, count: bytes.count / size, compressed: false) {
      H5Dwrite($0, $1, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), bytes)
    }
    if type == .bfloat16 { try attribute("dtype", "bfloat16", on: path) }
  }

  // MARK: Rows of a dataset made by `create`

  /// Fills rows of a dataset of float16, bfloat16, float32 or float64.
  public func write(rows: Range<Int>, of path: String, floats: [Float]) throws {
    let fit: [HDF5Reader.ElementType] = [.float16, .bfloat16, .float32, .float64]
    try fill(rows, of: path, count: floats.count, accepting: fit.contains) { id, type, file, memory, space in
      func put(_ elements: some Collection) -> herr_t {
        elements.withContiguousStorageIfAvailable {
          H5Dwrite(id, file, memory, space, hid_t(H5P_DEFAULT), UnsafeRawPointer($0.baseAddress))
        } ?? -1
      }
      return switch type {
      case .float16: put(Self.halves(floats, assay_f32_to_f16))
      case .bfloat16: put(Self.halves(floats, assay_f32_to_bf16))
      case .float64: put(floats.map { Double($0) })
      default: put(floats)
      }
    }
  }

  /// Fills rows of a dataset of uint8 or bool.
  public func write(rows: Range<Int>, of path: String, bytes: [UInt8]) throws {
    try fill(rows, of: path, count: bytes.count, accepting: { $0 == .uint8 || $0 == .bool }) {
      id, _, file, memory, space in
      H5Dwrite(id, file, memory, space, hid_t(H5P_DEFAULT), bytes)
    }
  }

  /// Fills rows of a dataset of int64.
  public func write(rows: Range<Int>, of path: String, integers: [Int]) throws {
    try fill(rows, of: path, count: integers.count, accepting: { $0 == .int64 }) {
      id, _, file, memory, space in
      H5Dwrite(id, file, memory, space, hid_t(H5P_DEFAULT), integers)
    }
  }

  /// Fills rows of a dataset of strings.
  ///
  /// Throws if one contains a zero byte.
  public func write(rows: Range<Int>, of path: String, strings: [String]) throws {
    let texts = try CStrings(strings, "\(self.path), \(path)")
    try fill(rows, of: path, count: strings.count, accepting: { $0 == .string }) {
      id, _, file, memory, space in
      texts.write(id, file, memory, space)
    }
  }

  // MARK: Helpers

  private func write<Element: BitwiseCopyable>(
    elements: [Element], _ type: HDF5Reader.ElementType, _ shape: [Int]?, _ path: String, _ compressed: Bool
  ) throws {
    try store(
      path, shape: shape ?? [elements.count], type: type, count: elements.count, compressed: compressed
    ) {
      id, type in
      elements.withUnsafeBytes {
        H5Dwrite(id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), $0.baseAddress)
      }
    }
  }

  private static func halves(
    _ values: [Float], _ convert: (UnsafePointer<Float>?, UnsafeMutablePointer<UInt16>?, Int) -> Void
  ) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      count = values.count
      convert(values, buffer.baseAddress, count)
    }
  }
}

/// Strings as C wants them: one block of zero-terminated bytes and where each string starts in it.
private struct CStrings {
  private var bytes: [CChar] = []
  private var starts: [Int] = []

  init(_ strings: [String], _ place: String) throws {
    starts.reserveCapacity(strings.count)
    for string in strings {
      starts.append(bytes.count)
      bytes += string.utf8.lazy.map { CChar(bitPattern: $0) }
      guard !string.utf8.contains(0) else {
        throw Fault(
          place, "a text holds a zero byte, which HDF5 strings cannot", do: "remove it from the text")
      }
      bytes.append(0)
    }
  }

  func write(_ id: hid_t, _ type: hid_t, _ memory: hid_t, _ space: hid_t) -> herr_t {
    bytes.withUnsafeBufferPointer { block in
      let pointers = starts.map { start in block.baseAddress.map { $0 + start } }
      return H5Dwrite(id, type, memory, space, hid_t(H5P_DEFAULT), pointers)
    }
  }
}
