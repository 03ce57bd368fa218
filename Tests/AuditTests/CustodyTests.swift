// The chain of custody: what it seals, and what it notices (report.md E1.7).

import Evidence
import Foundation
import Storage
import Testing

@testable import Audit

@Suite struct CustodyTests {
  private func chain() throws -> Custody {
    try CustodyLog.chain([
      (.open, "model model.h5", "aa"), (.close, "model model.h5", "aa"), (.write, "case.h5", "bb"),
    ])
  }

  /// A case folder with a chain, and findings that hold its seal.
  private func written(_ custody: Custody, seal: String? = nil) throws -> DumpFolder {
    let folder = try DumpFolder()
    try Data(CustodyLog.bytes(custody)).write(to: URL(fileURLWithPath: folder.file(CustodyLog.name)))
    let claimed = Custody(events: [], seal: seal ?? custody.seal)
    try JSONEncoder().encode(["custody": claimed]).write(
      to: URL(fileURLWithPath: folder.file(FindingsFile.name)))
    return folder
  }

  @Test(
    "Each line holds the digest of the line before; the first holds zeros, and the seal is the last one's")
  func seals() throws {
    let custody = try chain()
    let folder = try written(custody)
    let lines = try String(contentsOfFile: folder.file(CustodyLog.name), encoding: .utf8).split(
      separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0] == """
        {"action":"open","digest":"aa","label":"model model.h5","prev":"\(String(repeating: "0", count: 64))","seq":1}
        """)
    #expect(custody.events[1].prev == Digest256.hex(of: Array(lines[0].utf8)))
    #expect(custody.seal == Digest256.hex(of: Array(lines[2].utf8)))
    #expect(try CustodyLog.problem(in: folder.path) == nil)
  }

  @Test("A line that is taken out, changed or added is noticed, and so is another seal", arguments: 0..<5)
  func tampered(kind: Int) throws {
    let custody = try chain()
    let folder = try written(custody, seal: kind == 4 ? "cc" : nil)
    var lines = try String(contentsOfFile: folder.file(CustodyLog.name), encoding: .utf8).split(
      separator: "\n")
    switch kind {
    case 0: lines.remove(at: 1)
    case 1: lines[0] = Substring(lines[0].replacingOccurrences(of: "\"aa\"", with: "\"ab\""))
    case 2: lines.append(lines[2])
    case 3: lines.removeLast()
    default: break
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(
      to: URL(fileURLWithPath: folder.file(CustodyLog.name)))
    #expect(try CustodyLog.problem(in: folder.path) != nil)
  }
}
