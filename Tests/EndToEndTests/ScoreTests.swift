// assay score through the built binary: the demo's suspects embedded, scored against its pool.

import Foundation
import Storage
import Testing

@Suite("assay score", .serialized)
struct ScoreTests {
  @Test("A dump of assay embed is scored against a clean one, and the answer is JSON or lines")
  func dump() throws {
    let folder = try Built.folder()
    for (set, out) in [("suspect", "dump.h5"), ("pool", "clean.h5")] {
      let outcome = try assay(
        [
          "embed", Built.demo + "/model.h5", "--images", Built.demo + "/\(set).h5", "--out", folder.file(out),
          "--half",
        ])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let arguments = [
      "score", folder.file("dump.h5"), "--pool", folder.file("clean.h5"), "--out", folder.file("scores.h5"),
    ]
    let outcome = try assay(arguments + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(summary["rows"] as? Int == 900 && summary["poolRows"] as? Int == 700)
    let scores = try HDF5Reader(path: folder.file("scores.h5"))
    for name in [
      "k-distance", "slof", "dao", "isolation-forest", "spectral-signature", "activation-clustering", "joint",
    ] {
      #expect(try scores.floats("scores/\(name)").count == 900)
      #expect(try scores.doubles("p_values/\(name)").allSatisfy { $0 > 0 && $0 <= 1 })
    }
    let some = try assay(arguments + ["--detectors", "slof,lid", "--neighbours", "8", "--threads", "1"])
    #expect(
      some.status == 0 && some.output.hasPrefix("lid: ") && some.output.contains("\nslof: "), "\(some.output)"
    )
  }

  @Test("Calls that cannot be answered get one sentence and leave an existing file as it was")
  func refusals() throws {
    let folder = try Built.folder()
    let out = folder.file("scores.h5")
    try Data("kept".utf8).write(to: URL(fileURLWithPath: out))
    let calls = [
      [folder.file("absent.h5")], [Built.demo + "/pool.h5"], [Built.demo + "/labels.txt"],
      [folder.file("absent.h5"), "--detectors", "nothing"],
    ]
    for call in calls {
      let outcome = try assay(["score"] + call + ["--out", out])
      #expect(outcome.status == 2 && outcome.isOneSentence, "\(outcome.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: out)) == Data("kept".utf8))
    }
    for call in [
      ["--neighbours", "0"], ["--reference-rows", "3"], ["--memory", "much"], ["--threads", "0"],
    ] {
      #expect(try assay(["score", "dump.h5"] + call).status == 2)
    }
  }
}
