// SHA-256 (FIPS 180-4) by libcrypto, streamed: files in blocks of 1 MiB (report.md E1.7).

import CCrypto

/// A running SHA-256.
public struct Digest256: ~Copyable {
  private let context: OpaquePointer

  /// A digest of nothing yet.
  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Appends bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto refused an update")
  }

  /// Appends bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Appends the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    update(Array(text.utf8))
  }

  /// The 32 bytes of the digest; ends it.
  public consuming func bytes() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      precondition(
        EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "libcrypto refused to end a digest")
      count = 32
    }
  }

  /// The digest as 64 lower-case hexadecimal digits; ends it.
  public consuming func hex() -> String { Self.hexadecimal(bytes()) }

  /// Bytes as lower-case hexadecimal digits.
  public static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of bytes at hand.
  public static func hex(of bytes: [UInt8]) -> String {
    var digest = Digest256()
    digest.update(bytes)
    return digest.hex()
  }

  /// The digest of a regular file.
  ///
  /// Throws if it cannot be read.
  public static func hex(ofFile path: String) throws -> String {
    let file = try RandomAccessFile(path: path)
    let block = 1 << 20
    var digest = Digest256()
    for offset in stride(from: 0, to: file.length, by: block) {
      digest.update(try file.read(at: offset, count: min(block, file.length - offset)))
    }
    return digest.hex()
  }
}
