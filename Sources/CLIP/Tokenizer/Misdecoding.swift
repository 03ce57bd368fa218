// Text that was UTF-8 and was read as Windows-1252 ("cafÃ©" for "café"). ftfy repairs it by a guess; here it
// is only pointed out, because the repair would change what the reviewer reads.

/// Finds text that looks wrongly decoded.
public enum Misdecoding {
  /// Whether a run of characters beyond ASCII turns into valid UTF-8 when written back as Windows-1252.
  public static func isSuspected(_ text: String) -> Bool {
    text.unicodeScalars.split { $0.isASCII || Windows1252.byte(of: $0) == nil }
      .contains { run in
        let bytes = run.compactMap(Windows1252.byte)
        return String(validating: bytes, as: UTF8.self) != nil
      }
  }
}
