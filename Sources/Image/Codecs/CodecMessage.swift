// The one place where a status and a message from C become a sentence.

import CAssay
import Evidence

/// Runs a C function that fills a message when it fails.
enum CodecMessage {
  /// - Throws: `Fault` at `name` with the message, when `body` returns anything but 0.
  static func check(
    _ name: String, _ problem: String = "it cannot be read", _ remedy: String = "get an undamaged copy",
    _ body: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws {
    var failed = false
    let message = [UInt8](unsafeUninitializedCapacity: Int(ASSAY_MESSAGE_BYTES)) { buffer, count in
      buffer.initialize(repeating: 0)
      failed = buffer.withMemoryRebound(to: CChar.self) { text in text.baseAddress.map(body) != 0 }
      count = buffer.firstIndex(of: 0) ?? 0
    }
    guard failed else { return }
    throw Fault(name, problem + ": " + String(decoding: message, as: UTF8.self), do: remedy)
  }
}
