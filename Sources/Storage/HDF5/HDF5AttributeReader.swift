// Attributes: small values that hang on groups and datasets. Single strings and numbers are read; anything else is
// only named, since nothing in the audit needs it.

import CHDF5
import Evidence

enum HDF5AttributeReader {
  /// The attribute with the given index by name.
  ///
  /// To be called under the library's lock.
  static func read(_ object: hid_t, _ index: hsize_t, place: String, limit: Int) throws -> (
    name: String, value: HDF5Reader.Attribute
  ) {
    let none = hid_t(H5P_DEFAULT)
    let attribute = try HDF5Handle(
      H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, none, none), place,
      "an attribute cannot be opened", closedBy: H5Aclose)
    let name = try self.name(of: attribute.id, place)
    guard H5Aget_storage_size(attribute.id) <= limit else {
      throw Fault(
        "\(place), attribute \(name)", "is larger than \(limit) bytes", do: "do not trust this file")
    }
    let space = try HDF5Handle(
      H5Aget_space(attribute.id), place, "an attribute's shape cannot be read", closedBy: H5Sclose)
    let type = try HDF5Handle(
      H5Aget_type(attribute.id), place, "an attribute's type cannot be read", closedBy: H5Tclose)
    guard H5Sget_simple_extent_npoints(space.id) == 1 else { return (name, .other("more than one value")) }
    return (name, try value(attribute.id, type.id, "\(place), attribute \(name)"))
  }

  private static func name(of attribute: hid_t, _ place: String) throws -> String {
    let length = Int(try HDF5Library.check(H5Aget_name(attribute, 0, nil), place, "an attribute has no name"))
    let bytes = [UInt8](unsafeUninitializedCapacity: length + 1) { buffer, count in
      buffer.withMemoryRebound(to: CChar.self) { _ = H5Aget_name(attribute, length + 1, $0.baseAddress) }
      count = length
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func value(_ attribute: hid_t, _ type: hid_t, _ place: String) throws -> HDF5Reader.Attribute
  {
    let elements = HDF5Reader.ElementType(of: type)
    if elements == .string { return .string(try string(attribute, type, place)) }
    guard let size = elements.byteCount else {
      if case .unsupported(let what) = elements { return .other(what) }
      return .other("unknown")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    try HDF5Library.check(H5Aread(attribute, type, &bytes), place, "it cannot be read")
    if H5Tget_order(type) == H5T_ORDER_BE { bytes.reverse() }
    let element = ElementBytes(bytes, elements)
    if let integer = element.integers()?.first { return .integer(integer) }
    return .number(element.doubles().first ?? .nan)
  }

  private static func string(_ attribute: hid_t, _ type: hid_t, _ place: String) throws -> String {
    guard H5Tis_variable_str(type) > 0 else {
      var bytes = [UInt8](repeating: 0, count: H5Tget_size(type))
      try HDF5Library.check(H5Aread(attribute, type, &bytes), place, "it cannot be read")
      return HDF5Text.fixed(bytes[...], type).text
    }
    var pointer: UnsafeMutablePointer<CChar>?
    try HDF5Library.check(H5Aread(attribute, type, &pointer), place, "it cannot be read")
    defer { H5free_memory(pointer) }
    return pointer.map { HDF5Text.decode($0).text } ?? ""
  }
}
