// Numbers as element bytes: the way back to a file's own type, rounded to nearest.

import CAssay

extension ElementBytes {
  /// Encodes numbers in a floating-point type; nil for any other type.
  public static func encoding(_ values: [Float], as type: HDF5Reader.ElementType) -> ElementBytes? {
    func raw<Element: BitwiseCopyable>(_ elements: [Element]) -> ElementBytes {
      ElementBytes(elements.withUnsafeBytes { Array($0) }, type)
    }
    func narrow(_ convert: (UnsafePointer<Float>?, UnsafeMutablePointer<UInt16>?, Int) -> Void)
      -> ElementBytes
    {
      raw(
        [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
          count = values.count
          convert(values, buffer.baseAddress, count)
        })
    }
    switch type {
    case .float32: return raw(values)
    case .float64: return raw(values.map(Double.init))
    case .float16: return narrow { assay_f32_to_f16($0, $1, $2) }
    case .bfloat16: return narrow { assay_f32_to_bf16($0, $1, $2) }
    default: return nil
    }
  }
}
