// Strings as HDF5 keeps them: of fixed length with three kinds of padding, or of variable length with a final zero.
// The bytes are the file author's; what is not UTF-8 is replaced and reported.

import CHDF5

enum HDF5Text {
  /// A string and whether bytes had to be replaced.
  typealias Decoded = (text: String, wasRepaired: Bool)

  /// A string that ends in a zero byte.
  static func decode(_ pointer: UnsafePointer<CChar>) -> Decoded {
    if let text = String(validatingCString: pointer) { return (text, false) }
    return (String(cString: pointer), true)
  }

  /// One element of a fixed-length string type.
  static func fixed(_ bytes: ArraySlice<UInt8>, _ type: hid_t) -> Decoded {
    var content = bytes
    if H5Tget_strpad(type) == H5T_STR_SPACEPAD {
      while content.last == 0x20 { content.removeLast() }
    } else if let end = content.firstIndex(of: 0) {
      content = content[..<end]
    }
    if let text = String(validating: content, as: UTF8.self) { return (text, false) }
    return (String(decoding: content, as: UTF8.self), true)
  }
}
