// A file that is read by position and never mapped: a file that shrinks while it is read gives an error, not a
// signal. What cannot be opened is told apart: missing, a folder, unreadable, a Git-LFS pointer.

import Evidence
import Foundation

/// An open regular file, read by position.
public final class RandomAccessFile: Sendable {
  /// The path as it was given.
  public let path: String
  /// Its length when it was opened, bytes.
  public let length: Int
  private let descriptor: Int32

  private static let pointerBeginning = Array("version https://git-lfs".utf8)

  /// Opens a regular file.
  ///
  /// Throws a fault that says why it cannot be one.
  public init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.fault(path, errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw Fault(path, isFolder ? "is a folder" : "is not a regular file", do: "name a file")
    }
    self.path = path
    self.length = Int(status.st_size)
    self.descriptor = descriptor
    if try prefix(Self.pointerBeginning.count) == Self.pointerBeginning {
      throw Fault(
        path, "is a Git-LFS pointer, not the file itself", do: "fetch the content with git lfs pull")
    }
  }

  deinit { close(descriptor) }

  /// The first bytes: `count`, or fewer where the file is shorter.
  public func prefix(_ count: Int) throws -> [UInt8] { try read(at: 0, count: min(count, length)) }

  /// Exactly `count` bytes from `offset`.
  ///
  /// Throws if the file ends before.
  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard offset >= 0, count >= 0, !overflow, end <= length else {
      throw Fault(
        path, "ends at byte \(length), before byte \(offset) + \(count)",
        do: "get a complete copy of the file")
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw Self.fault(path, errno) }
        guard got > 0 else {
          throw Fault(path, "became shorter while it was read", do: "run again when nothing writes to it")
        }
        filled += got
      }
    }
  }

  /// A failed system call, as a sentence.
  static func fault(_ path: String, _ code: Int32) -> Fault {
    switch code {
    case ENOENT, ENOTDIR: Fault(path, "does not exist", do: "check the path")
    case EACCES, EPERM: Fault(path, "may not be accessed", do: "check its permissions")
    case EISDIR: Fault(path, "is a folder", do: "name a file")
    case EROFS: Fault(path, "lies on a read-only file system", do: "choose another folder")
    case ENOSPC, EDQUOT, EFBIG:
      Fault(path, "the disk is full", do: "free some space or choose another folder")
    default: Fault(path, "cannot be used: \(String(cString: strerror(code)))")
    }
  }
}
