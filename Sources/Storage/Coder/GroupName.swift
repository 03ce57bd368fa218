// Keys become names of links in HDF5, where a slash divides groups and a lone dot means the group itself.

/// The name under which a coding key is stored.
enum GroupName {
  private static let hexadecimal = Array("0123456789ABCDEF".utf8)

  /// A key with slash, percent sign, zero byte and a leading dot percent-encoded; the empty key is "%".
  static func escape(_ key: String) -> String {
    guard !key.isEmpty else { return "%" }
    var bytes: [UInt8] = []
    for (position, byte) in key.utf8.enumerated() {
      let isSpecial = [0x25, 0x2F, 0].contains(byte) || position == 0 && byte == 0x2E
      bytes += isSpecial ? [0x25, hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]] : [byte]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The key that `escape` made this name from.
  static func unescape(_ name: String) -> String {
    guard name != "%" else { return "" }
    let bytes = Array(name.utf8)
    var key: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        key.append(byte)
        index += 3
      } else {
        key.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: key, as: UTF8.self)
  }

  /// The path of a key in a group; the root is "".
  static func path(_ group: String, _ key: String) -> String {
    group.isEmpty ? escape(key) : "\(group)/\(escape(key))"
  }
}
