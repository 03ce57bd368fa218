// What the elements of a dataset are, and how libhdf5 says so. bfloat16 and float16 have no predefined type in
// HDF5 1.10: they are recognised and built from the bit fields of a 16-bit float (formats.md F2.1).

import CHDF5

extension HDF5Reader {
  /// The element type of a dataset.
  public enum ElementType: Sendable, Equatable {
    case float16, bfloat16, float32, float64
    case uint8, int8, uint16, int16, uint32, int32, uint64, int64
    case bool, string
    /// A type that is listed and never read, with the reason.
    case unsupported(String)
  }
}

/// Sign, exponent and fraction of a floating-point type, as bit positions and widths.
private struct FloatLayout: Equatable {
  var sign, exponent, exponentWidth, fraction, fractionWidth, bias: Int

  static let float16 = FloatLayout(
    sign: 15, exponent: 10, exponentWidth: 5, fraction: 0, fractionWidth: 10, bias: 15)
  static let bfloat16 = FloatLayout(
    sign: 15, exponent: 7, exponentWidth: 8, fraction: 0, fractionWidth: 7, bias: 127)
  static let float32 = FloatLayout(
    sign: 31, exponent: 23, exponentWidth: 8, fraction: 0, fractionWidth: 23, bias: 127)
  static let float64 = FloatLayout(
    sign: 63, exponent: 52, exponentWidth: 11, fraction: 0, fractionWidth: 52, bias: 1023)

  init(
    sign: Int, exponent: Int, exponentWidth: Int, fraction: Int, fractionWidth: Int, bias: Int
  ) {
    self.sign = sign
    self.exponent = exponent
    self.exponentWidth = exponentWidth
    self.fraction = fraction
    self.fractionWidth = fractionWidth
    self.bias = bias
  }

  init?(of type: hid_t) {
    var sign = 0, exponent = 0, exponentWidth = 0, fraction = 0, fractionWidth = 0
    guard H5Tget_fields(type, &sign, &exponent, &exponentWidth, &fraction, &fractionWidth) >= 0 else {
      return nil
    }
    self.init(
      sign: sign, exponent: exponent, exponentWidth: exponentWidth, fraction: fraction,
      fractionWidth: fractionWidth, bias: Int(H5Tget_ebias(type)))
  }
}

extension HDF5Reader.ElementType {
  /// Bytes of one element, or nil where it varies or is unknown.
  public var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .float16, .bfloat16, .uint16, .int16: 2
    case .float32, .uint32, .int32: 4
    case .float64, .uint64, .int64: 8
    case .string, .unsupported: nil
    }
  }

  /// The type as libhdf5 shows it.
  init(of type: hid_t) {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT: self = Self.float(type, size)
    case H5T_INTEGER: self = Self.integer(type, size)
    case H5T_STRING: self = .string
    case H5T_ENUM: self = Self.enumeration(type, size)
    case H5T_OPAQUE: self = .unsupported("opaque bytes")
    case H5T_COMPOUND: self = .unsupported("compound")
    case H5T_REFERENCE: self = .unsupported("reference")
    case H5T_VLEN: self = .unsupported("variable-length sequence")
    case H5T_ARRAY: self = .unsupported("array")
    case H5T_TIME: self = .unsupported("time")
    case H5T_BITFIELD: self = .unsupported("bit field")
    default: self = .unsupported("unknown")
    }
  }

  private static func float(_ type: hid_t, _ size: Int) -> Self {
    switch (size, FloatLayout(of: type)) {
    case (2, FloatLayout.float16): .float16
    case (2, FloatLayout.bfloat16): .bfloat16
    case (4, FloatLayout.float32): .float32
    case (8, FloatLayout.float64): .float64
    default: .unsupported("\(size)-byte floating point of an uncommon layout")
    }
  }

  private static func integer(_ type: hid_t, _ size: Int) -> Self {
    guard H5Tget_precision(type) == 8 * size, H5Tget_offset(type) == 0 else {
      return .unsupported("integer of \(H5Tget_precision(type)) bits in \(size) bytes")
    }
    return switch (size, H5Tget_sign(type) == H5T_SGN_2) {
    case (1, false): .uint8
    case (1, true): .int8
    case (2, false): .uint16
    case (2, true): .int16
    case (4, false): .uint32
    case (4, true): .int32
    case (8, false): .uint64
    case (8, true): .int64
    default: .unsupported("\(size)-byte integer")
    }
  }

  /// h5py stores a boolean as an enumeration over one byte with FALSE = 0 and TRUE = 1.
  private static func enumeration(_ type: hid_t, _ size: Int) -> Self {
    guard size == 1, H5Tget_nmembers(type) == 2 else { return .unsupported("enumeration") }
    var no: UInt8 = 2
    var yes: UInt8 = 2
    guard H5Tenum_valueof(type, "FALSE", &no) >= 0, H5Tenum_valueof(type, "TRUE", &yes) >= 0, no == 0,
      yes == 1
    else { return .unsupported("enumeration") }
    return .bool
  }

  /// The type of a dataset that holds such elements: little-endian, strings of variable length in UTF-8.
  func makeType(_ place: String) throws -> HDF5Handle {
    func copy(_ type: hid_t) throws -> HDF5Handle {
      try HDF5Handle(H5Tcopy(type), place, "a type could not be made", closedBy: H5Tclose)
    }
    switch self {
    case .float16: return try sixteenBitFloat(.float16, copy(assay_h5t_ieee_f32le()))
    case .bfloat16: return try sixteenBitFloat(.bfloat16, copy(assay_h5t_ieee_f32le()))
    case .float32: return try copy(assay_h5t_ieee_f32le())
    case .float64: return try copy(assay_h5t_ieee_f64le())
    case .uint8: return try copy(assay_h5t_std_u8le())
    case .int8: return try copy(assay_h5t_std_i8le())
    case .uint16: return try copy(assay_h5t_std_u16le())
    case .int16: return try copy(assay_h5t_std_i16le())
    case .uint32: return try copy(assay_h5t_std_u32le())
    case .int32: return try copy(assay_h5t_std_i32le())
    case .uint64: return try copy(assay_h5t_std_u64le())
    case .int64: return try copy(assay_h5t_std_i64le())
    case .bool:
      let base = try copy(assay_h5t_std_i8le())
      let type = try HDF5Handle(
        H5Tenum_create(base.id), place, "a type could not be made", closedBy: H5Tclose)
      for (name, number) in [("FALSE", UInt8(0)), ("TRUE", 1)] {
        var value = number
        try HDF5Library.check(H5Tenum_insert(type.id, name, &value), place, "a type could not be made")
      }
      return type
    case .string:
      let type = try copy(assay_h5t_c_s1())
      H5Tset_size(type.id, assay_h5t_variable())
      H5Tset_cset(type.id, H5T_CSET_UTF8)
      return type
    case .unsupported(let name):
      preconditionFailure("a dataset of \(name) is never written")
    }
  }

  /// Fields are set before the size: a narrower type is refused while the fields still reach beyond it.
  private func sixteenBitFloat(_ layout: FloatLayout, _ type: consuming HDF5Handle) -> HDF5Handle {
    H5Tset_fields(
      type.id, layout.sign, layout.exponent, layout.exponentWidth, layout.fraction, layout.fractionWidth)
    H5Tset_size(type.id, 2)
    H5Tset_ebias(type.id, layout.bias)
    return type
  }
}
