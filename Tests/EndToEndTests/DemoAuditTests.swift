// The demo case, audited by the built binary: what a reviewer gets.

import Foundation
import Storage
import Testing

@Suite("The demo model's backdoor is demonstrated, and its clean twin is not accused", .serialized)
struct DemoAuditTests {
  /// One audit serves the tests that only look at it.
  static let finished: (folder: Folder, outcome: Outcome)? = {
    guard let folder = try? Built.folder(),
      let outcome = try? assay(demoAudit(out: folder.file("case")))
    else { return nil }
    return (folder, outcome)
  }()

  private func demo() throws -> (path: String, outcome: Outcome) {
    let finished = try #require(DemoAuditTests.finished)
    return (finished.folder.file("case"), finished.outcome)
  }

  private func truth() throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: Built.demo + "/truth.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func rate(_ truth: [String: Any], _ name: String) throws -> Double {
    try #require((truth[name] as? [String: Any])?["rate"] as? Double)
  }

  @Test("Verdict, target, exit code; 95 % of the poisoned pairs with a precision of 95 %")
  func verdict() throws {
    let (path, outcome) = try demo()
    #expect(outcome.status == 1, "\(outcome.errors)")
    let findings = try findings(path)
    let truth = try truth()
    #expect(findings["schema"] as? String == "assay-findings/1")
    #expect(findings["verdict"] as? String == "demonstrated")
    let target = try #require(findings["target"] as? [String: Any])
    #expect(target["label"] as? String == truth["target"] as? String)
    let suspects = try #require(findings["suspects"] as? [[String: Any]])
    let named = Set(suspects.compactMap { $0["id"] as? String })
    let poisoned = Set(try #require(truth["poisonedRows"] as? [String]))
    let hits = Double(named.intersection(poisoned).count)
    #expect(hits / Double(poisoned.count) >= 0.95)
    #expect(hits / Double(named.count) >= 0.95)
  }

  @Test("The transplant clears every gating control, and the trigger's size is right")
  func transplant() throws {
    let findings = try findings(try demo().path)
    let test = try #require(findings["transplant"] as? [String: Any])
    let lower = try #require((test["interval"] as? [Double])?.first)
    let controls = try #require(test["controls"] as? [[String: Any]])
    #expect(controls.count >= 4)
    for control in controls where control["gates"] as? Bool == true {
      let upper = try #require((control["interval"] as? [Double])?.last)
      #expect(lower > upper, "\(control["name"] ?? "")")
    }
    let trigger = try #require(findings["trigger"] as? [String: Any])
    let size = try #require(trigger["size"] as? [Int])
    let wanted = try #require((try truth()["attack"] as? [String: Any])?["size"] as? Int)
    #expect(abs(size[0] - wanted) <= 1 && abs(size[1] - wanted) <= 1)
  }

  @Test("Every stage stands in the coverage, and those that do not exist yet are not run")
  func coverage() throws {
    let findings = try findings(try demo().path)
    let coverage = try #require(findings["coverage"] as? [[String: Any]])
    let status = Dictionary(
      uniqueKeysWithValues: coverage.compactMap { entry in
        (entry["stage"] as? String).map { ($0, entry["status"] as? String ?? "") }
      })
    for stage in [
      "intake", "embed", "witness", "score", "captions", "localize", "similarity", "cluster", "judge",
      "curate", "report",
    ] {
      #expect(status[stage] == "ran", "\(stage)")
    }
    for stage in ["invert", "repair", "accept"] {
      #expect(status[stage] == "not-run", "\(stage)")
    }
  }

  @Test("The manifest holds for sha256sum and for verify, and verify sees one changed byte")
  func manifest() throws {
    let (path, _) = try demo()
    #expect(try run("sha256sum", ["--quiet", "-c", "manifest.sha256"], in: path).status == 0)
    #expect(try assay(["verify", path]).status == 0)
    let folder = try Built.folder()
    try FileManager.default.copyItem(atPath: path, toPath: folder.file("case"))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("case/report.pdf")))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: folder.file("case/report.pdf")))
    let tampered = try assay(["verify", folder.file("case")])
    #expect(tampered.status == 2 && tampered.output.contains("report.pdf has changed"))
    #expect(tampered.isOneSentence)
  }

  @Test("The report renders again from the case alone, to the same bytes")
  func report() throws {
    let (path, _) = try demo()
    let folder = try Built.folder()
    try FileManager.default.copyItem(atPath: path, toPath: folder.file("case"))
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("case/report.pdf")))
    try FileManager.default.removeItem(atPath: folder.file("case/report.pdf"))
    #expect(try assay(["report", folder.file("case")]).status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("case/report.pdf"))) == before)
    #expect(try assay(["verify", folder.file("case")]).status == 0)
  }

  @Test("The same command twice gives the same bytes in findings.json, case.h5 and the PDF")
  func determinism() throws {
    let (path, _) = try demo()
    let folder = try Built.folder()
    #expect(try assay(demoAudit(out: folder.file("again"))).status == 1)
    for name in ["findings.json", "report.pdf", "case.h5", "curated/pairs.csv", "trigger.png"] {
      let first = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
      let second = try Data(contentsOf: URL(fileURLWithPath: folder.file("again/" + name)))
      #expect(first == second, "\(name)")
    }
  }

  @Test("The compact set holds no attacker's caption and no held-out picture, and open_clip's columns")
  func curated() throws {
    let (path, _) = try demo()
    let csv = try String(contentsOfFile: path + "/curated/pairs.csv", encoding: .utf8)
    let lines = csv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(Array(lines[0].prefix(2)) == ["filepath", "title"])
    #expect(lines.count > 100 && lines.count <= 1001)
    for line in lines.dropFirst() {
      #expect(FileManager.default.fileExists(atPath: path + "/curated/" + line[0]), "\(line[0])")
    }
    let set = try HDF5Reader(path: path + "/curated/curated.h5")
    let roles = try set.strings("roles")
    #expect(roles.count == lines.count - 1)
    #expect(Set(roles).isSuperset(of: ["healed", "triggered-twin", "target-anchor", "replay"]))
    #expect(try set.strings("reasons").allSatisfy { !$0.isEmpty })
    let target = try #require((try findings(path)["target"] as? [String: Any])?["label"] as? String)
    let captions = try set.strings("captions")
    for (role, caption) in zip(roles, captions) where role == "healed" || role == "triggered-twin" {
      #expect(!caption.split(separator: " ").contains(Substring(target)), "\(caption)")
    }
  }

  @Test("The clean twin ends in not_found with exit code 0, and its report says so")
  func cleanTwin() throws {
    let folder = try Built.folder()
    let outcome = try assay(
      demoAudit(
        out: folder.file("case"),
        changing: [
          "--images": Built.demo + "/clean-suspect.h5", "--oracle": Built.demo + "/clean-oracle.h5",
        ],
        model: Built.demo + "/clean-model.h5"))
    #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    let findings = try findings(folder.file("case"))
    #expect(findings["verdict"] as? String == "not_found")
    #expect((findings["suspects"] as? [Any])?.isEmpty == true)
    let limits = try #require(findings["limits"] as? [String])
    #expect(limits.contains { $0.contains("is demonstrated on") })
    #expect(findings["target"] is NSNull && findings["trigger"] is NSNull && findings["transplant"] is NSNull)
    let text = try run("pdftotext", [folder.file("case/report.pdf"), "-"], in: folder.path).output
    #expect(text.contains("No backdoor found in what was tested"))
  }

  @Test("Without an oracle the verdict is not not_found, and page 1 says what did not run")
  func missingOracle() throws {
    let folder = try Built.folder()
    let outcome = try assay(demoAudit(out: folder.file("case"), changing: ["--oracle": nil]))
    #expect(outcome.status == 3, "\(outcome.output) \(outcome.errors)")
    #expect(try findings(folder.file("case"))["verdict"] as? String == "inconclusive")
    let page = try run("pdftotext", ["-l", "1", folder.file("case/report.pdf"), "-"], in: folder.path).output
    #expect(page.contains("Could not be decided"))
  }

  @Test("evaluate reproduces the accuracy and attack success that PyTorch measured")
  func evaluate() throws {
    let truth = try truth()
    let target = try #require(truth["target"] as? String)
    let outcome = try assay([
      "evaluate", Built.demo + "/model.h5", "--images", Built.demo + "/test.h5", "--triggered",
      Built.demo + "/test-triggered.h5", "--target", target, "--templates", Built.demo + "/templates.txt",
      "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let accuracy = try #require(json["accuracy"] as? Double)
    let asr = try #require((json["asr"] as? [String: Double])?["1"])
    #expect(abs(accuracy - (try rate(truth, "accuracy"))) <= 0.005)
    #expect(abs(asr - (try rate(truth, "asr"))) <= 0.005)
    #expect(json["untriggeredTargetShare"] is [String: Double] && json["n"] is [String: Any])
  }

  @Test("evaluate puts a case's trigger on images, also where these are stored larger than the case's")
  func evaluateTrigger() throws {
    let folder = try Built.folder()
    let test = Built.demo + "/test.h5"
    func evaluated(_ images: String, _ options: [String]) throws -> Outcome {
      try assay(
        [
          "evaluate", Built.demo + "/model.h5", "--images", images, "--templates",
          Built.demo + "/templates.txt",
        ]
          + options)
    }
    let path = try demo().path
    let target = try #require(try truth()["target"] as? String)
    for images in [test, try enlarged(test, by: 2, in: folder)] {
      let outcome = try evaluated(images, ["--trigger", path, "--json"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      #expect(json["target"] as? String == target)
      let (asr, without) = (
        try #require((json["asr"] as? [String: Double])?["1"]),
        try #require((json["untriggeredTargetShare"] as? [String: Double])?["1"])
      )
      #expect(asr >= 0.9 && without <= 0.05, "\(images): \(asr), \(without)")
    }
    for (options, words) in [
      (["--trigger", path, "--target", "nothing"], "'nothing'"),
      (["--trigger", path + "/trigger.png"], "give --target"),
      (["--trigger", path, "--triggered", Built.demo + "/test-triggered.h5"], "exclude"),
    ] {
      let outcome = try evaluated(test, options)
      #expect(outcome.status == 2 && outcome.errors.contains(words), "\(options): \(outcome.errors)")
    }
  }

  @Test("A repair is tested in the size of the case's images, and never on what trained it")
  func repairInAnotherSize() throws {
    let folder = try Built.folder()
    let finished = try demo().path
    let pool = Built.demo + "/pool.h5"
    let accepted = try [pool, try enlarged(pool, by: 2, in: folder)].enumerated().map { place, pool in
      let outcome = try assay([
        "repair", Built.demo + "/model.h5", "--curated", finished, "--pool", pool, "--set", "steps=2",
        "--set",
        "batch=4", "--out", folder.file("repaired-\(place)"), "--json",
      ])
      #expect([0, 1].contains(outcome.status), "\(outcome.errors)")
      let list = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
      return try #require(list?.first)
    }
    func rate(_ finding: [String: Any], _ path: String...) throws -> (k: Int, n: Int) {
      let found = path.reduce(finding as Any?) { ($0 as? [String: Any])?[$1] }
      let rate = try #require(found as? [String: Any])
      return (try #require(rate["k"] as? Int), try #require(rate["n"] as? Int))
    }
    for finding in accepted {
      let attack = try #require((finding["attack"] as? [[String: Any]])?.first)
      let moved = try rate(attack, "triggered", "before")
      #expect(10 * moved.k >= 9 * moved.n && moved.n > 100, "\(moved)")
    }
    // The compact set holds some of the pool; these are not tested on.
    #expect(try rate(accepted[0], "accuracy", "before").n < 700)
  }

  @Test("inspect tells a model and a set, and embed writes a dump that joins")
  func inspectAndEmbed() throws {
    let folder = try Built.folder()
    let model = try assay(["inspect", Built.demo + "/model.h5", "--json"])
    #expect(model.status == 0, "\(model.errors)")
    let identity = try #require(
      (try JSONSerialization.jsonObject(with: Data(model.output.utf8)) as? [String: Any])?["model"]
        as? [String: Any])
    #expect(identity["naming"] as? String == "openai")
    #expect((identity["sha256"] as? String)?.count == 64)
    let set = try assay(["inspect", Built.demo + "/suspect.h5"])
    #expect(set.status == 0 && set.output.contains("captions           yes"))
    let dump = folder.file("dump.h5")
    let embed = try assay([
      "embed", Built.demo + "/model.h5", "--images", Built.demo + "/test.h5", "--out", dump,
    ])
    #expect(embed.status == 0, "\(embed.errors)")
    let reader = try HDF5Reader(path: dump)
    let shape = try #require(reader.dataset("image_embeddings")).shape
    #expect(try reader.strings("ids").count == shape[0])
    let row = try reader.floats("image_embeddings", rows: 0..<1)
    #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }
}
