// Ctrl-C in each stage: one sentence, exit code 3, an existing case as it was, and the same command resumes.

import Foundation
import Testing

@Suite("Ctrl-C stops an audit cleanly, and the same command resumes it", .serialized)
struct InterruptionTests {
  /// What appears on disk when the stage before has ended: from then on the next stage runs.
  static let moments: [(stage: String, file: String)] = [
    ("intake", "case.partial/lock"), ("witness", "case.partial/stages/embed.h5"),
    ("localize", "case.partial/stages/score.h5"), ("cluster", "case.partial/stages/localize.h5"),
  ]

  @Test("In each stage", arguments: moments.map(\.stage))
  func interrupt(stage: String) throws {
    let moment = try #require(InterruptionTests.moments.first { $0.stage == stage })
    let folder = try Built.folder()
    let out = folder.file("case")
    let process = try AssayProcess(demoAudit(out: out))
    while process.isRunning, !FileManager.default.fileExists(atPath: folder.file(moment.file)) { usleep(500) }
    process.interrupt()
    let outcome = try process.wait()
    #expect(outcome.status == 3, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.isOneSentence && outcome.errors.contains("resume"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: out))

    let reference = try #require(DemoAuditTests.finished)
    #expect(try assay(demoAudit(out: out)).status == 1)
    let resumed = try Data(contentsOf: URL(fileURLWithPath: out + "/findings.json"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: reference.folder.file("case/findings.json")))
    #expect(resumed == whole)
    #expect(!FileManager.default.fileExists(atPath: out + ".partial"))
  }

  @Test("A finished case is audited again without running its stages, and stays the same")
  func again() throws {
    let reference = try #require(DemoAuditTests.finished)
    let folder = try Built.folder()
    try FileManager.default.copyItem(atPath: reference.folder.file("case"), toPath: folder.file("case"))
    #expect(try assay(demoAudit(out: folder.file("case"))).status == 1)
    let run = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: folder.file("case/run.json"))))
        as? [String: Any])
    let stages = try #require(run["stages"] as? [[String: Any]])
    let reused = stages.filter { $0["reused"] as? Bool == true }.compactMap { $0["stage"] as? String }
    #expect(Set(reused).isSuperset(of: ["embed", "localize"]))
    for name in ["findings.json", "case.h5", "report.pdf"] {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder.file("case/" + name)))
          == Data(contentsOf: URL(fileURLWithPath: reference.folder.file("case/" + name))), "\(name)")
    }
  }
}
