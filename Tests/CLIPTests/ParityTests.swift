// Embeddings against open_clip and transformers on tiny models in every layout (Fixtures/golden/models).
// Tolerance 1e-4 on unit vectors: single precision through a few blocks differs by about 1e-6; a wrong activation,
// epsilon or scale differs by more than 1e-3.

import CLIP
import Checkpoints
import Foundation
import Image
import Storage
import Tensors
import Testing

@Suite("Embeddings equal those of open_clip and transformers", .serialized)
struct ParityTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/golden/models").path

  static let cases: [(file: String, group: String, activation: Activation)] = [
    ("vit.safetensors", "vit", .quickGelu), ("vit-nested.h5", "vit", .quickGelu),
    ("vit-prefixed.h5", "vit", .quickGelu), ("vit-f16.h5", "vit-f16", .quickGelu),
    ("vit-bf16.safetensors", "vit-bf16", .quickGelu), ("vit-bf16.h5", "vit-bf16", .quickGelu),
    ("resnet.h5", "resnet", .gelu), ("hf", "hf", .quickGelu), ("hf.h5", "hf", .quickGelu),
    ("hf-sharded", "hf-sharded", .gelu),
  ]

  private func model(_ file: String, _ activation: Activation, precision: Precision = .f32, threads: Int = 1)
    throws
    -> CLIPModel
  {
    try CLIPModel(
      try Checkpoint.open(ParityTests.folder + "/" + file),
      options: .init(activation: activation, precision: precision, threads: threads))
  }

  private func golden(_ group: String) throws -> (
    pictures: [PixelImage], tokens: [[Int32]], images: [Float], texts: [Float]
  ) {
    let reader = try HDF5Reader(path: ParityTests.folder + "/expected.h5")
    let shape = try #require(reader.dataset("\(group)/pixels")).shape
    let bytes = try reader.bytes("\(group)/pixels")
    let size = shape[1] * shape[2] * 3
    let pictures = (0..<shape[0]).map {
      PixelImage(height: shape[1], width: shape[2], pixels: Array(bytes[$0 * size..<($0 + 1) * size]))
    }
    let rows = try #require(reader.dataset("\(group)/token_ids")).shape
    let ids = try reader.integers("\(group)/token_ids").map(Int32.init)
    let tokens = (0..<rows[0]).map { Array(ids[$0 * rows[1]..<($0 + 1) * rows[1]]) }
    return (
      pictures, tokens, try reader.floats("\(group)/image_embeddings"),
      try reader.floats("\(group)/text_embeddings")
    )
  }

  private func worst(_ a: [Float], _ b: [Float]) -> Float {
    #expect(a.count == b.count)
    return zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test("Every layout, both architectures, both namings", arguments: cases)
  func parity(file: String, group: String, activation: Activation) throws {
    let model = try model(file, activation)
    let golden = try golden(group)
    let images = try model.embed(golden.pictures).values
    let texts = try model.embed(tokens: golden.tokens).values
    #expect(worst(images, golden.images) < 1e-4, "images of \(file)")
    #expect(worst(texts, golden.texts) < 1e-4, "texts of \(file)")
  }

  @Test("The wrong activation is far outside the tolerance")
  func activationMatters() throws {
    let golden = try golden("vit")
    let images = try model("vit.safetensors", .gelu).embed(golden.pictures).values
    #expect(worst(images, golden.images) > 1e-3)
  }

  @Test("bfloat16 stays within 1e-2 of single precision, and is not the same")
  func bfloat16() throws {
    for (file, group, activation) in [
      ("vit.safetensors", "vit", Activation.quickGelu), ("resnet.h5", "resnet", .gelu),
    ] {
      let golden = try golden(group)
      let model = try model(file, activation, precision: .bf16)
      let images = worst(try model.embed(golden.pictures).values, golden.images)
      let texts = worst(try model.embed(tokens: golden.tokens).values, golden.texts)
      #expect(images < 1e-2 && images > 1e-6)
      #expect(texts < 1e-2 && texts > 1e-6)
    }
  }

  @Test(
    "Results do not depend on batch, chunk or threads, bit for bit",
    arguments: [("vit.safetensors", "vit"), ("resnet.h5", "resnet")])
  func company(file: String, group: String) throws {
    let golden = try golden(group)
    let one = try model(file, .quickGelu)
    let two = try model(file, .quickGelu, threads: 2)
    // More pictures than one chunk takes, in another order, against each alone.
    let many = (0..<21).map { golden.pictures[$0 % golden.pictures.count] }
    let together = try two.embed(many)
    let texts = try two.embed(tokens: golden.tokens)
    for (row, picture) in many.enumerated() {
      #expect(try one.embed([picture])[row: 0] == together[row: row])
    }
    for (row, caption) in golden.tokens.enumerated() {
      #expect(try one.embed(tokens: [caption])[row: 0] == texts[row: row])
    }
  }

  @Test("Prompts that share prefixes equal prompts encoded alone, bit for bit")
  func prefixes() throws {
    let model = try model("vit.safetensors", .quickGelu, threads: 2)
    let end = Int32(model.vocabularySize - 1)
    var generator = SplitMix64(seed: 3)
    // Random walks over few tokens share prefixes of every length; some are prefixes of others but for the end.
    let prompts = (0..<300).map { _ -> [Int32] in
      let length = 1 + Int(generator.next() % UInt64(model.contextLength - 2))
      return [end - 1] + (0..<length).map { _ in Int32(generator.next() % 2) } + [end]
    }
    let together = try model.embed(tokens: prompts)
    for (row, prompt) in prompts.enumerated() {
      #expect(try model.embed(tokens: [prompt])[row: 0] == together[row: row])
    }
  }

  @Test("Results do not depend on the number of threads, and repeat bit for bit")
  func threads() throws {
    let golden = try golden("vit")
    let many = (0..<70).map { golden.pictures[$0 % golden.pictures.count] }
    let one = try model("vit.safetensors", .quickGelu, threads: 1).embed(many)
    let two = try model("vit.safetensors", .quickGelu, threads: 2)
    #expect(try two.embed(many) == one)
    #expect(try two.embed(many) == one)
  }

  @Test("Equal captions get equal embeddings, whatever stands around them")
  func equalCaptions() throws {
    let golden = try golden("vit")
    let model = try model("vit.safetensors", .quickGelu)
    let alone = try model.embed(tokens: [golden.tokens[0]])
    let among = try model.embed(tokens: golden.tokens + [golden.tokens[0]])
    #expect(Array(among[row: 0]) == Array(among[row: golden.tokens.count]))
    #expect(worst(Array(among[row: 0]), alone.values) < 1e-6)
  }
}
