// Bad input gets one clear sentence and exit code 2 or 3, and an existing case stays as it was.

import Foundation
import Storage
import Testing

@Suite("Bad input gets one sentence, and nothing is lost or half-written", .serialized)
struct BadInputTests {
  /// A folder with an existing, finished case (a small one: any file and a manifest) that must not change.
  private func existingCase() throws -> (folder: Folder, path: String, before: [String: Data]) {
    let folder = try Built.folder()
    let path = folder.file("case")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data("kept".utf8).write(to: URL(fileURLWithPath: path + "/findings.json"))
    let digest = Digest256.hex(of: Array("kept".utf8))
    try Data("\(digest)  findings.json\n".utf8).write(to: URL(fileURLWithPath: path + "/manifest.sha256"))
    return (folder, path, try contents(path))
  }

  private func contents(_ path: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      found[name] = FileManager.default.contents(atPath: path + "/" + name)
    }
    return found
  }

  private func expectRefusal(
    _ arguments: (_ out: String, _ folder: Folder) throws -> [String], says words: [String],
    statuses: Set<Int32> = [2],
    fileSizeLimit: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (folder, path, before) = try existingCase()
    let outcome = try assay(try arguments(path, folder), fileSizeLimit: fileSizeLimit)
    #expect(
      statuses.contains(outcome.status), "\(outcome.output)\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.isOneSentence, "\(outcome.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
    #expect(try contents(path) == before, sourceLocation: sourceLocation)
    // What stays beside it is there to resume from, or is not there.
    if FileManager.default.fileExists(atPath: path + ".partial") {
      let stages = try FileManager.default.contentsOfDirectory(atPath: path + ".partial/stages")
      #expect(!stages.isEmpty, sourceLocation: sourceLocation)
    }
  }

  /// A copy of the demo model in which one tensor is changed, or left out.
  private func model(
    in folder: Folder, dropping dropped: String? = nil, reshaping: String? = nil, poisoning: String? = nil
  ) throws -> String {
    let path = folder.file("changed.h5")
    let reader = try HDF5Reader(path: Built.demo + "/model.h5")
    let writer = try HDF5Writer(path: path)
    for dataset in reader.datasets where dataset.path != dropped {
      if dataset.type == .string {
        try writer.write(try reader.strings(dataset.path), shape: dataset.shape, to: dataset.path)
        continue
      }
      var values = try reader.floats(dataset.path)
      if dataset.path == poisoning { values[values.count / 2] = .nan }
      let shape = dataset.path == reshaping ? dataset.shape + [1] : dataset.shape
      try writer.write(values, shape: shape, to: dataset.path)
    }
    if case .string(let configuration)? = reader.attributes(of: "")["model_config"] {
      try writer.attribute("model_config", configuration)
    }
    try writer.close()
    return path
  }

  @Test("A wrong path")
  func wrongPath() throws {
    try expectRefusal(
      { out, folder in demoAudit(out: out, model: folder.file("nothing.h5")) }, says: ["nothing.h5"])
  }

  @Test("An empty file")
  func emptyFile() throws {
    try expectRefusal(
      { out, folder in
        try Data().write(to: URL(fileURLWithPath: folder.file("empty.h5")))
        return demoAudit(out: out, model: folder.file("empty.h5"))
      }, says: ["empty.h5", "empty"])
  }

  @Test("Truncated HDF5 files, model and set, at several lengths")
  func truncated() throws {
    for (option, name) in [
      ("model", "model.h5"), ("--images", "suspect.h5"), ("--pool", "pool.h5"), ("--oracle", "oracle.h5"),
    ] {
      let whole = try Data(contentsOf: URL(fileURLWithPath: Built.demo + "/" + name))
      for share in [4, 64, 97] {
        try expectRefusal(
          { out, folder in
            let cut = folder.file("cut.h5")
            try whole.prefix(whole.count * share / 100).write(to: URL(fileURLWithPath: cut))
            return option == "model"
              ? demoAudit(out: out, model: cut) : demoAudit(out: out, changing: [option: cut])
          }, says: ["cut.h5"])
      }
    }
  }

  @Test("A missing tensor and a misshapen one are named")
  func tensors() throws {
    try expectRefusal(
      { out, folder in demoAudit(out: out, model: try model(in: folder, dropping: "ln_final.weight")) },
      says: ["ln_final.weight"])
    try expectRefusal(
      { out, folder in demoAudit(out: out, model: try model(in: folder, reshaping: "ln_final.weight")) },
      says: ["ln_final.weight"])
  }

  @Test("Weights that are not a number")
  func notANumber() throws {
    try expectRefusal(
      { out, folder in demoAudit(out: out, model: try model(in: folder, poisoning: "ln_final.weight")) },
      says: ["not a number"], statuses: [2, 3])
  }

  @Test("Labels that do not match")
  func labels() throws {
    try expectRefusal(
      { out, folder in
        let path = folder.file("labels.txt")
        try Data("quark\ngluon\n".utf8).write(to: URL(fileURLWithPath: path))
        return demoAudit(out: out, changing: ["--labels": path])
      }, says: ["label"])
  }

  @Test("An image set of zero rows")
  func zeroRows() throws {
    try expectRefusal(
      { out, folder in
        let path = folder.file("none.h5")
        let writer = try HDF5Writer(path: path)
        try writer.write([UInt8](), shape: [0, 64, 64, 3], to: "images")
        try writer.write([String](), shape: [0], to: "captions")
        try writer.close()
        return demoAudit(out: out, changing: ["--images": path])
      }, says: ["none.h5"])
  }

  @Test("An oracle whose ids do not join")
  func ids() throws {
    try expectRefusal(
      { out, folder in
        let path = folder.file("oracle.h5")
        let writer = try HDF5Writer(path: path)
        try writer.write(["x", "y"], shape: [2], to: "ids")
        let names = try String(contentsOfFile: Built.demo + "/labels.txt", encoding: .utf8).split(
          separator: "\n"
        ).map(String.init)
        try writer.write(names, shape: [names.count], to: "label_names")
        try writer.write(
          [Float](repeating: 0.1, count: 2 * names.count), shape: [2, names.count], to: "scores")
        try writer.close()
        return demoAudit(out: out, changing: ["--oracle": path])
      }, says: ["oracle.h5", "id"])
  }

  @Test("A full disk")
  func fullDisk() throws {
    // No file may grow beyond 256 KiB: the first stage result does not fit.
    try expectRefusal(
      { out, _ in demoAudit(out: out) }, says: ["space"], statuses: [2, 3], fileSizeLimit: 256)
  }

  @Test("An output that cannot be written")
  func unwritable() throws {
    let folder = try Built.folder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file("file")))
    for out in [folder.file("file/case"), folder.file("file"), "/proc/assay-case"] {
      let outcome = try assay(demoAudit(out: out))
      #expect(outcome.status == 2 && outcome.isOneSentence, "\(outcome.errors)")
    }
    #expect(try String(contentsOfFile: folder.file("file"), encoding: .utf8) == "x")
  }

  @Test("A folder that is no case is not touched")
  func foreignFolder() throws {
    let folder = try Built.folder()
    try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.file("thesis.txt")))
    let outcome = try assay(demoAudit(out: folder.path))
    #expect(outcome.status == 2 && outcome.isOneSentence)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["thesis.txt"])
  }

  @Test("A torch archive is recognized and named as such")
  func torchArchive() throws {
    try expectRefusal(
      { out, folder in
        let path = folder.file("model.pt")
        // The local header of a stored member, as torch.save writes it first.
        let name = Array("model/data.pkl".utf8)
        let header: [UInt8] =
          [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.count), 0, 0, 0]
        try Data(header + name + [UInt8](repeating: 0, count: 200)).write(to: URL(fileURLWithPath: path))
        return demoAudit(out: out, model: path)
      }, says: ["model.pt", "orch"])
  }

  @Test("Calls that make no sense")
  func calls() throws {
    for arguments in [
      ["audit"], ["audit", "x", "--threads", "0"], ["evaluate", "x", "--images", "y", "--target", "z"],
      ["nonsense"],
    ] {
      #expect(try assay(arguments).status == 2)
    }
    #expect(try assay(["--help"]).status == 0)
    #expect(try assay(["audit", "--help"]).output.contains("Example:"))
  }
}
