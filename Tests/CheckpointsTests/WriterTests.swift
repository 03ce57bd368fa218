// A changed checkpoint is written in the names and types that it came in, and what was not changed keeps its bytes.

import Checkpoints
import Foundation
import Storage
import Testing

@Suite struct WriterTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden/models").path

  @Test(
    "Every layout comes back, with one tensor changed",
    arguments: [
      "vit.safetensors", "vit-nested.h5", "vit-prefixed.h5", "vit-f16.h5", "vit-bf16.safetensors",
      "vit-bf16.h5",
      "resnet.h5", "hf", "hf.h5", "hf-sharded",
    ])
  func roundTrip(_ name: String) throws {
    let source = try Checkpoint.open(WriterTests.models + "/" + name)
    let folder = NSTemporaryDirectory() + "assay-writer-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // One tensor that is stored as it is, one that some files store transposed, one that some store in three parts.
    let changed = ["visual.conv1.weight", "text_projection", "transformer.resblocks.0.attn.in_proj_weight"]
    var changes: [String: [Float]] = [:]
    for tensor in changed {
      let shape = try #require(source.shape(tensor))
      changes[tensor] = try source.tensor(tensor, shape: shape).enumerated().map { $1 + Float($0 % 7) / 64 }
    }
    let rounded = Dictionary(uniqueKeysWithValues: changes.map { ($0, source.rounded($1, of: $0)) })
    try source.writeHDF5(changes, to: folder + "/model.h5")
    try source.writeSafetensors(changes, to: folder + "/model.safetensors")
    for file in ["model.h5", "model.safetensors"] {
      let written = try Checkpoint.open(folder + "/" + file)
      #expect(written.names == source.names && written.naming == source.naming)
      for tensor in source.names {
        let shape = try #require(source.shape(tensor))
        #expect(written.shape(tensor) == shape && written.type(tensor) == source.type(tensor), "\(tensor)")
        guard ["f16", "bf16", "f32", "f64"].contains(source.type(tensor) ?? "") else { continue }
        let values = try written.tensor(tensor, shape: shape)
        #expect(values == (try rounded[tensor] ?? source.tensor(tensor, shape: shape)), "\(file), \(tensor)")
      }
    }
  }

  @Test("A name or a number of values that is not the model's is refused, and nothing is written")
  func refuses() throws {
    let source = try Checkpoint.open(WriterTests.models + "/vit.safetensors")
    let path = NSTemporaryDirectory() + "assay-writer-" + UUID().uuidString + ".h5"
    #expect(throws: (any Error).self) { try source.writeHDF5(["visual.nothing": [1]], to: path) }
    #expect(throws: (any Error).self) { try source.writeSafetensors(["text_projection": [1]], to: path) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
