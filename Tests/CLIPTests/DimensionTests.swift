// What a configuration claims of a model, beside what its tensors show.

import CLIP
import Checkpoints
import Foundation
import Testing

@Suite struct DimensionTests {
  /// The dimensions that are stated and shown.
  private func pairs(_ path: String) throws -> [ModelDimension: (stated: Int, observed: Int)] {
    let checkpoint = try Checkpoint.open(path)
    var found: [ModelDimension: (Int, Int)] = [:]
    for (dimension, stated) in checkpoint.configuration.stated {
      found[dimension] = checkpoint.observed(dimension).map { (stated, $0) }
    }
    return found
  }

  @Test(
    "Tensors bear out what an honest configuration states, in both naming families",
    arguments: ["hf", "demo"])
  func honest(name: String) throws {
    let demo = ParityTests.folder + "/../../demo/clean-model.h5"
    let found = try pairs(name == "demo" ? demo : ParityTests.folder + "/" + name)
    #expect(found.count >= 4)
    for (dimension, pair) in found { #expect(pair.stated == pair.observed, "\(dimension.rawValue)") }
  }

  @Test("A configuration that states another width is found out")
  func contradicted() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
    try FileManager.default.copyItem(atPath: ParityTests.folder + "/hf", toPath: folder.path)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("config.json")
    var json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let width = try #require(json["projection_dim"] as? Int)
    json["projection_dim"] = width + 1
    try JSONSerialization.data(withJSONObject: json).write(to: file)
    let claim = try #require(try pairs(folder.path)[.embeddingWidth])
    #expect(claim.stated == width + 1 && claim.observed == width)
  }
}
