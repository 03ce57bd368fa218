// Fonts belong to the whole process: with more than ten faces open, Cairo 1.16 may close one that another thread has
// just begun to read. So whatever reads faces does so on one thread at a time.

import Foundation

/// The lock on all faces of this process.
enum FontLock {
  /// Recursive, because a text that is let go while another is set takes it again.
  private static let lock = NSRecursiveLock()

  /// Runs `body` while no other thread reads a face.
  static func withLock<Result>(_ body: () throws -> Result) rethrows -> Result { try lock.withLock(body) }
}
