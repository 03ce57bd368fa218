// Little-endian element bytes as numbers. Files in half precision are converted here, never by libhdf5, whose
// generic conversion is 300 times slower (platform.md section 4).

import CAssay

/// Raw little-endian elements of a stated type.
public struct ElementBytes: Sendable {
  /// The bytes, element after element.
  public let bytes: [UInt8]
  /// What they encode.
  public let type: HDF5Reader.ElementType

  /// Names the type of `bytes`.
  public init(_ bytes: [UInt8], _ type: HDF5Reader.ElementType) {
    self.bytes = bytes
    self.type = type
  }

  /// The elements as single precision.
  ///
  /// Types that are not numbers give an empty array.
  public func floats() -> [Float] {
    switch type {
    case .float32: elements(Float.self)
    case .float16: widen(assay_f16_to_f32)
    case .bfloat16: widen(assay_bf16_to_f32)
    case .float64: elements(Double.self).map { Float($0) }
    default: mapIntegers(Float.init(_:), Float.init(_:))
    }
  }

  /// The elements as double precision.
  ///
  /// Types that are not numbers give an empty array.
  public func doubles() -> [Double] {
    switch type {
    case .float64: elements(Double.self)
    case .float32, .float16, .bfloat16: floats().map { Double($0) }
    default: mapIntegers(Double.init(_:), Double.init(_:))
    }
  }

  /// The elements as integers, or nil if they are none or one does not fit.
  public func integers() -> [Int]? {
    switch type {
    case .float16, .bfloat16, .float32, .float64, .string, .unsupported: return nil
    case .uint64:
      let values = elements(UInt64.self)
      return values.allSatisfy { $0 <= UInt64(Int.max) } ? values.map { Int($0) } : nil
    default: return mapIntegers({ Int($0) }, { Int(truncatingIfNeeded: $0) })
    }
  }

  /// The elements in their own representation.
  ///
  /// Trailing bytes of an incomplete element are left out.
  func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    return [Element](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
      count = bytes.count / size
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes.prefix(count * size))
    }
  }

  private func mapIntegers<Number>(_ signed: (Int64) -> Number, _ unsigned: (UInt64) -> Number) -> [Number] {
    switch type {
    case .uint8, .bool: bytes.map { signed(Int64($0)) }
    case .int8: elements(Int8.self).map { signed(Int64($0)) }
    case .uint16: elements(UInt16.self).map { signed(Int64($0)) }
    case .int16: elements(Int16.self).map { signed(Int64($0)) }
    case .uint32: elements(UInt32.self).map { signed(Int64($0)) }
    case .int32: elements(Int32.self).map { signed(Int64($0)) }
    case .int64: elements(Int64.self).map(signed)
    case .uint64: elements(UInt64.self).map(unsigned)
    case .float16, .bfloat16, .float32, .float64, .string, .unsupported: []
    }
  }

  private func widen(_ convert: (UnsafePointer<UInt16>?, UnsafeMutablePointer<Float>?, Int) -> Void)
    -> [Float]
  {
    let halves = elements(UInt16.self)
    return [Float](unsafeUninitializedCapacity: halves.count) { buffer, count in
      count = halves.count
      convert(halves, buffer.baseAddress, count)
    }
  }
}
