// assay audit of a dump alone: the demo's embeddings, and scores of another tool.

import Foundation
import Storage
import Tensors
import Testing

@Suite("An audit can start from a dump alone, and then suspects at most", .serialized)
struct DumpAuditTests {
  private func embed(_ set: String, in folder: Folder) throws -> String {
    let out = folder.file("\(set)-dump.h5")
    let outcome = try assay(
      ["embed", Built.demo + "/model.h5", "--images", Built.demo + "/\(set).h5", "--out", out, "--half"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return out
  }

  private func coverage(_ findings: [String: Any]) throws -> [String: String] {
    let entries = try #require(findings["coverage"] as? [[String: String]])
    return Dictionary(uniqueKeysWithValues: entries.map { ($0["stage"] ?? "", $0["status"] ?? "") })
  }

  /// A dump with forty rows after it that lie where no pair does.
  private func strange(_ dump: String, in folder: Folder) throws -> String {
    let reader = try HDF5Reader(path: dump)
    let width = try #require(reader.dataset("image_embeddings")).shape[1]
    var random = SplitMix64(seed: 7)
    let extra = (0..<40 * width).map { _ in Float.random(in: -1...1, using: &random) }
    let out = folder.file("strange.h5")
    let writer = try HDF5Writer(path: out)
    for name in ["image_embeddings", "text_embeddings"] {
      try writer.write(try reader.floats(name) + extra, shape: [940, width], to: name)
    }
    try writer.write(try reader.strings("ids") + (0..<40).map { "strange \($0)" }, to: "ids")
    try writer.close()
    return out
  }

  @Test(
    "Pairs that stand out from clean ones are listed; stages that need the model say that they did not run")
  func suspected() throws {
    let folder = try Built.folder()
    let (dump, pool) = (
      try strange(try embed("suspect", in: folder), in: folder), try embed("pool", in: folder)
    )
    let outcome = try assay(["audit", dump, "--pool", pool, "--out", folder.file("case")])
    #expect(outcome.status == 1, "\(outcome.errors)")
    let found = try findings(folder.file("case"))
    #expect(found["verdict"] as? String == "suspected")
    #expect(found["trigger"] is NSNull && found["transplant"] is NSNull)
    let status = try coverage(found)
    for stage in ["witness", "localize", "similarity", "captions", "repair"] {
      #expect(status[stage] == "not-run")
    }
    for stage in ["score", "cluster", "curate"] { #expect(status[stage] == "ran") }
    let excluded = try #require(found["excluded"] as? [String])
    let right = excluded.count { $0.hasPrefix("strange") }
    #expect(right >= 36 && Double(right) >= 0.9 * Double(excluded.count), "\(right) of \(excluded.count)")
    let listed = try String(contentsOfFile: folder.file("case/excluded.txt"), encoding: .utf8)
    #expect(listed.split(separator: "\n").map(String.init) == excluded)
    #expect(try assay(["verify", folder.file("case")]).status == 0)
    #expect(FileManager.default.fileExists(atPath: folder.file("case/report.sarif")))
  }

  @Test(
    "The demo's poisoned pairs rank high, though too few clean pairs are there to accuse them; captions are read"
  )
  func ranked() throws {
    let folder = try Built.folder()
    let (dump, pool) = (try embed("suspect", in: folder), try embed("pool", in: folder))
    let outcome = try assay(
      ["audit", dump, "--pool", pool, "--images", Built.demo + "/suspect.h5", "--out", folder.file("case")])
    #expect(outcome.status == 3, "\(outcome.errors)")
    let truth = try Data(contentsOf: URL(fileURLWithPath: Built.demo + "/truth.json"))
    let poisoned = Set(
      try #require(
        (try JSONSerialization.jsonObject(with: truth) as? [String: Any])?["poisonedRows"] as? [String]))
    let found = try findings(folder.file("case"))
    #expect((found["captions"] as? [String: Any])?["pairs"] as? Int == 900)
    let rows = try #require((found["standouts"] as? [String: Any])?["rows"] as? [[String: Any]])
    #expect(rows.count == 200)
    // 45 of 900 pairs are poisoned: chance would put ten of them among the first two hundred.
    #expect(rows.count { poisoned.contains($0["id"] as? String ?? "") } >= 25)
  }

  @Test("Without clean pairs nobody is accused, and options that need the model are refused in a sentence")
  func undecided() throws {
    let folder = try Built.folder()
    let dump = try embed("suspect", in: folder)
    let outcome = try assay(["audit", dump, "--out", folder.file("case")])
    #expect(outcome.status == 3, "\(outcome.errors)")
    #expect((try findings(folder.file("case"))["excluded"] as? [String])?.isEmpty == true)
    let refused = try assay([
      "audit", dump, "--oracle", Built.demo + "/oracle.h5", "--out", folder.file("other"),
    ])
    #expect(refused.status == 2 && refused.isOneSentence, "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("other")))
  }

  @Test("Scores of another tool are ranked as they are")
  func scores() throws {
    let folder = try Built.folder()
    try FileManager.default.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
    for (name, sign) in [("SLOF", Float(1)), ("IsolationForest", -1)] {
      let writer = try HDF5Writer(path: folder.file("run/\(name)_scores.h5"))
      try writer.write((0..<300).map { sign * Float($0 == 77 ? 9 : $0 % 7) }, shape: [300], to: "data")
      try writer.close()
    }
    #expect(try assay(["audit", folder.file("run"), "--out", folder.file("case")]).status == 3)
    let standouts = try #require(try findings(folder.file("case"))["standouts"] as? [String: Any])
    let first = try #require((standouts["rows"] as? [[String: Any]])?.first)
    #expect(first["id"] as? String == "77")
  }
}
