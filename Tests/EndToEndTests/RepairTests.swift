// `assay repair` as a user would run it: what it leaves behind, that a killed run goes on to the same bytes, and that bad
// calls change nothing.

import Foundation
import Storage
import Testing

@Suite("assay repair", .serialized)
struct RepairTests {
  /// A short repair of the demo model with clean pairs.
  private func repair(_ out: String, steps: Int = 6, extra: [String] = []) -> [String] {
    [
      "repair", Built.demo + "/model.h5", "--curated", Built.demo + "/pool.h5", "--pool",
      Built.demo + "/test.h5",
      "--out", out, "--threads", "2", "--set", "steps=\(steps)", "--set", "batch=8",
    ] + extra
  }

  @Test("It leaves a model in both formats with its acceptance, and a manifest that holds")
  func leavesAModel() throws {
    let folder = try Built.folder()
    let out = folder.file("repaired")
    let outcome = try assay(repair(out))
    #expect([0, 1].contains(outcome.status), "\(outcome.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: out)
    let name = outcome.status == 0 ? "model" : "model-rejected"
    #expect(
      Set(files) == [
        "\(name).h5", "\(name).safetensors", "open_clip_config.json", "acceptance.json", "manifest.sha256",
      ])
    // What open_clip is told is what the tensors show.
    let told = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: out + "/open_clip_config.json")))
    let model = try #require((told as? [String: Any])?["model_cfg"] as? [String: Any])
    let (vision, text) = (model["vision_cfg"] as? [String: Any], model["text_cfg"] as? [String: Any])
    #expect(model["embed_dim"] as? Int == 64 && model["quick_gelu"] as? Bool == true)
    #expect(vision?["layers"] as? [Int] == [1, 1, 1, 1] && vision?["width"] as? Int == 12)
    #expect(vision?["image_size"] as? Int == 64 && vision?["patch_size"] == nil)
    #expect(text?["vocab_size"] as? Int == 805 && text?["context_length"] as? Int == 24)
    #expect(text?["layers"] as? Int == 2 && text?["heads"] as? Int == 1)
    #expect(try assay(["verify", out]).status == 0)
    #expect(try assay(["compare", out]).output.contains("assay"))
    // The file is a model that answers, and another than the received one.
    let answers = try ["\(out)/\(name).h5", Built.demo + "/model.h5"].map { model in
      let dump = folder.file("dump-\(UUID().uuidString).h5")
      let made = try assay(["embed", model, "--images", Built.demo + "/clean-suspect.h5", "--out", dump])
      #expect(made.status == 0, "\(made.errors)")
      return try HDF5Reader(path: dump).floats("image_embeddings")
    }
    #expect(answers[0].count == answers[1].count && answers[0] != answers[1])
  }

  @Test("A run that is killed goes on to the same bytes")
  func resumes() throws {
    let folder = try Built.folder()
    let (whole, killed) = (folder.file("whole"), folder.file("killed"))
    #expect([0, 1].contains(try assay(repair(whole, steps: 40)).status))
    let process = try AssayProcess(repair(killed, steps: 40))
    let state = killed + ".partial/stages/assay.h5"
    while process.isRunning, !FileManager.default.fileExists(atPath: state) { usleep(500) }
    process.kill()
    _ = try process.wait()
    #expect(!FileManager.default.fileExists(atPath: killed))
    #expect(FileManager.default.fileExists(atPath: state))
    #expect([0, 1].contains(try assay(repair(killed, steps: 40)).status))
    for name in try FileManager.default.contentsOfDirectory(atPath: whole) {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: whole + "/" + name))
          == Data(contentsOf: URL(fileURLWithPath: killed + "/" + name)), "\(name)")
    }
  }

  @Test("A loss that is not a number ends in one sentence and leaves nothing")
  func diverges() throws {
    let folder = try Built.folder()
    let out = folder.file("repaired")
    let outcome = try assay(repair(out, extra: ["--set", "rate=1e30", "--set", "warm-up=0"]))
    #expect(outcome.status == 2 && outcome.isOneSentence, "\(outcome.errors)")
    #expect(outcome.errors.contains("not a number") || outcome.errors.contains("not numbers"))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test("A full disk keeps what stood there")
  func fullDisk() throws {
    let folder = try Built.folder()
    let out = folder.file("repaired")
    #expect([0, 1].contains(try assay(repair(out, steps: 2)).status))
    let before = try Data(contentsOf: URL(fileURLWithPath: out + "/acceptance.json"))
    let outcome = try AssayProcess(repair(out, steps: 3), fileSizeLimit: 64).wait()
    #expect(outcome.status == 2 && outcome.isOneSentence, "\(outcome.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/acceptance.json")) == before)
    #expect(try assay(["verify", out]).status == 0)
  }

  @Test("Calls that cannot be answered say so in one sentence")
  func badCalls() throws {
    let folder = try Built.folder()
    let out = folder.file("repaired")
    for (extra, words) in [
      (["--strategy", "prayer"], "no such strategy"), (["--set", "depth=3"], "no such setting"),
      (["--set", "rate"], "name=number"), (["--target", "nobody"], "no label"),
      (["--trigger", Built.demo + "/labels.txt"], "labels.txt"),
      (["--trigger", Built.repository + "/Reports/demo/page-1.png"], "no image can carry it"),
      (["--memory", "2M"], "MiB and was given 2"),
    ] {
      let outcome = try assay(repair(out, extra: extra))
      #expect(outcome.status == 2 && outcome.isOneSentence, "\(extra): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    // An audit does not compute for minutes before it reads the strategy's name.
    let audit = try assay([
      "audit", Built.demo + "/model.h5", "--pool", Built.demo + "/pool.h5", "--out", out, "--repair",
      "prayer",
    ])
    #expect(
      audit.status == 2 && audit.isOneSentence && audit.errors.contains("no such strategy"), "\(audit.errors)"
    )
    #expect(!FileManager.default.fileExists(atPath: out + ".partial"))
    // The pool is the compact set itself: nothing is left to test on.
    let outcome = try assay([
      "repair", Built.demo + "/model.h5", "--curated", Built.demo + "/pool.h5", "--pool",
      Built.demo + "/pool.h5",
      "--out", out,
    ])
    #expect(
      outcome.status == 2 && outcome.isOneSentence && outcome.errors.contains("0 labels"), "\(outcome.errors)"
    )
  }
}
