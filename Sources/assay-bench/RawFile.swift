// Results for the driver to compare: numbers as they lie in memory, nothing else.

import Foundation

enum RawFile {
  /// Writes numbers in the machine's byte order; does nothing without a path.
  static func write<Number: BitwiseCopyable>(_ values: [Number], to path: String?) throws {
    guard let path else { return }
    try values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
  }
}
