// The worker's walls, in a process of their own: no socket, and no file outside the given folder.

import CAssay
import Foundation
import Testing

@Suite("A worker has no network and writes below its output alone")
struct ConfinementTests {
  @Test("Sockets are refused, files outside are refused, files inside and reading are not")
  func walls() async {
    await #expect(processExitsWith: .success) {
      let inside = NSTemporaryDirectory() + "assay-walls-" + UUID().uuidString
      let outside = NSTemporaryDirectory() + "assay-outside-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
      var pointers = [UnsafePointer(strdup(inside))]
      let entered = assay_sandbox_enter(&pointers, 1)
      // A kernel without Landlock or seccomp cannot be tested for what it does not have.
      if entered & Int32(ASSAY_SANDBOX_NETWORK) != 0 {
        guard socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) < 0 else { exit(1) }
      }
      if entered & Int32(ASSAY_SANDBOX_FILES) != 0 {
        guard !FileManager.default.createFile(atPath: outside, contents: Data([1])) else { exit(2) }
      }
      guard FileManager.default.createFile(atPath: inside + "/file", contents: Data([1])) else { exit(3) }
      guard FileManager.default.contents(atPath: "/etc/hostname") != nil else { exit(4) }
      try FileManager.default.removeItem(atPath: inside + "/file")
      exit(0)
    }
  }
}
