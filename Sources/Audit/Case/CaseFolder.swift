// The case on disk. Work goes on beside it, in OUT.partial, and takes its place in one step when it is whole: nothing
// half-written ever stands under the final name, an existing case is never damaged, and a stopped audit resumes.

import Evidence
import Foundation
import Storage

/// A case under construction.
public final class CaseFolder: Sendable {
  /// Where the finished case will stand.
  public let final: String
  /// Where it is being built.
  public let partial: String
  private let lock: Int32

  /// Opens or resumes the work on a case.
  ///
  /// - Throws: `Fault` when `path` is something else than a case, cannot be written, or is being worked on.
  public init(_ path: String) throws {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    final = url.path
    partial = url.path + ".partial"
    try CaseFolder.refuseForeign(final)
    do {
      try FileManager.default.createDirectory(atPath: partial + "/stages", withIntermediateDirectories: true)
    } catch {
      throw Fault(
        url.lastPathComponent, "the case cannot be created there",
        do: "give --out a folder that you may write")
    }
    lock = open(partial + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard lock >= 0 else {
      throw Fault(
        url.lastPathComponent, "the case cannot be written", do: "give --out a folder that you may write")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw Fault(
        url.lastPathComponent, "another audit is working on this case",
        do: "wait for it, or use another --out")
    }
  }

  /// Leaves nothing behind where no stage has a result that a second call could resume from.
  deinit {
    if let kept = try? FileManager.default.contentsOfDirectory(atPath: partial + "/stages"), kept.isEmpty {
      try? FileManager.default.removeItem(atPath: partial)
    }
    close(lock)
  }

  /// A file of the case under construction.
  public func path(_ name: String) -> String { partial + "/" + name }

  /// A folder of the case under construction, empty.
  func emptyFolder(_ name: String) throws -> String {
    let folder = path(name)
    do {
      if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Fault(name, "the folder cannot be written in the case", do: "check the disk and its permissions")
    }
    return folder
  }

  /// Puts the finished case in its place.
  ///
  /// What stood there before is gone only when the new one stands.
  public func finish() throws {
    do {
      try FileManager.default.removeItem(atPath: path("stages"))
      try FileManager.default.removeItem(atPath: path("lock"))
    } catch {
      throw Fault("the case", "its working files cannot be removed", do: "check the disk and its permissions")
    }
    guard FileManager.default.fileExists(atPath: final) else {
      guard rename(partial, final) == 0 else { throw misplaced }
      return
    }
    // Both change places in one step, so that a case stands under the name at every moment.
    guard FolderSwap.exchange(partial, final) else { throw misplaced }
    try? FileManager.default.removeItem(atPath: partial)
  }

  private var misplaced: Fault {
    Fault(
      "the case", "it cannot be put in its place", do: "check the folder's permissions, or give another --out"
    )
  }

  private static func refuseForeign(_ path: String) throws {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    let name = URL(fileURLWithPath: path).lastPathComponent
    guard isFolder.boolValue else {
      throw Fault(name, "it is a file, not a case folder", do: "give another --out")
    }
    let contents = (try? files.contentsOfDirectory(atPath: path)) ?? []
    guard contents.isEmpty || contents.contains("manifest.sha256") else {
      throw Fault(
        name, "the folder holds something else than an Assay case", do: "give --out a new or empty folder")
    }
  }
}
