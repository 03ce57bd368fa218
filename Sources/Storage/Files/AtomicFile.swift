// Nothing half-written is ever left under a final name: write beside the target, flush, rename.

import Evidence
import Foundation

/// Writing a file so that it is either complete or absent.
public enum AtomicFile {
  /// Hands `body` a temporary path beside `path`, then puts what it wrote under `path`, durably.
  ///
  /// When `body` or the file system fails, the temporary is removed and an existing file at `path` stays as it was.
  @discardableResult
  public static func write<Result>(_ path: String, _ body: (_ temporaryPath: String) throws -> Result) throws
    -> Result
  {
    let temporary = try makeTemporary(beside: path)
    do {
      let result = try body(temporary)
      try flush(temporary, O_RDWR, place: path)
      guard rename(temporary, path) == 0 else { throw RandomAccessFile.fault(path, errno) }
      try flush(folder(of: path), O_RDONLY | O_DIRECTORY, place: path)
      return result
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes bytes.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(path) { temporary in
      let descriptor = open(temporary, O_WRONLY | O_TRUNC | O_CLOEXEC)
      guard descriptor >= 0 else { throw RandomAccessFile.fault(path, errno) }
      defer { close(descriptor) }
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes {
          Foundation.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw RandomAccessFile.fault(path, errno) }
        written += count
      }
    }
  }

  private static func folder(of path: String) -> String {
    let parent = (path as NSString).deletingLastPathComponent
    return parent.isEmpty ? "." : parent
  }

  /// An empty file that nobody else has, in the folder of `path` so that a rename suffices.
  private static func makeTemporary(beside path: String) throws -> String {
    let name = (path as NSString).lastPathComponent
    for attempt in 0..<1000 {
      let temporary = "\(folder(of: path))/.\(name).\(getpid())-\(attempt).partial"
      let descriptor = open(temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        close(descriptor)
        return temporary
      }
      guard errno == EEXIST else { throw RandomAccessFile.fault(path, errno) }
    }
    throw Fault(path, "its folder is full of unfinished files", do: "remove the files that end in .partial")
  }

  private static func flush(_ path: String, _ flags: Int32, place: String) throws {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw RandomAccessFile.fault(place, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw RandomAccessFile.fault(place, errno) }
  }
}
