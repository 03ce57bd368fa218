// What this process holds, as the kernel counts it (proc(5): VmHWM, VmRSS; clear_refs).

import Foundation

/// Resident memory.
enum Memory {
  /// Now, and the most since the last `forgetPeak`.
  static var now: (peakMiB: Double?, residentMiB: Double?) {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    func field(_ name: String) -> Double? {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      let words = line?.split(whereSeparator: \.isWhitespace) ?? []
      return words.count > 1 ? Double(words[1]).map { $0 / 1024 } : nil
    }
    return (field("VmHWM"), field("VmRSS"))
  }

  /// Starts the peak again from what is held now.
  ///
  /// A kernel that refuses leaves the higher peak standing.
  static func forgetPeak() {
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }
}
