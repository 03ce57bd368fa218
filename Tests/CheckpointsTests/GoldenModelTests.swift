// The same weights in every layout are the same tensors (Fixtures/golden/models, written by open_clip, transformers,
// safetensors and h5py).

import Checkpoints
import Evidence
import Foundation
import Storage
import Testing

@Suite(.serialized) struct GoldenModelTests {
  private func tensors(_ model: Checkpoint) throws -> [String: [Float]] {
    try Dictionary(
      uniqueKeysWithValues: model.names.map { name in
        (name, try model.tensor(name, shape: model.shape(name) ?? []))
      })
  }

  @Test("Nested, prefixed and flat layouts of one model give equal tensors and digests")
  func layouts() throws {
    let reference = try Checkpoint.open(Fixture.model("vit.safetensors"))
    #expect(reference.format == "safetensors")
    #expect(reference.naming == .openAI)
    #expect(reference.anomalies.isEmpty)
    #expect(reference.shape("visual.conv1.weight") == [128, 3, 8, 8])
    #expect(reference.shape("logit_scale") == [])
    let expected = try tensors(reference)
    let digest = try reference.digest()
    for name in ["vit-nested.h5", "vit-prefixed.h5"] {
      let model = try Checkpoint.open(Fixture.model(name))
      #expect(model.format == "hdf5")
      #expect(model.anomalies.isEmpty)
      #expect(try tensors(model) == expected)
      #expect(try model.digest() == digest)
    }
  }

  @Test("bfloat16 in safetensors and as uint16 in HDF5 is one model")
  func brainFloats() throws {
    let reference = try Checkpoint.open(Fixture.model("vit-bf16.safetensors"))
    let model = try Checkpoint.open(Fixture.model("vit-bf16.h5"))
    #expect(model.type("visual.proj") == "bf16")
    #expect(model.type("ln_final.bias") == "f32")
    #expect(try tensors(model) == tensors(reference))
    #expect(try model.digest() == reference.digest())
  }

  @Test("Half precision is the single precision model rounded")
  func halves() throws {
    let whole = try Checkpoint.open(Fixture.model("vit-nested.h5"))
    let half = try Checkpoint.open(Fixture.model("vit-f16.h5"))
    #expect(half.type("visual.proj") == "f16")
    let exact = try tensors(whole)
    for (name, values) in try tensors(half) {
      let original = try #require(exact[name])
      let rounded = half.type(name) == "f16" ? original.map { Float(Float16($0)) } : original
      #expect(values == rounded)
    }
    #expect(try whole.digest() != half.digest())
  }

  @Test("Hugging Face's names, in one file, in shards and in HDF5, become the canonical ones")
  func huggingFace() throws {
    let folder = try Checkpoint.open(Fixture.model("hf"))
    #expect(folder.format == "huggingface-folder")
    #expect(folder.naming == .huggingFace)
    #expect(folder.anomalies.isEmpty)
    #expect(
      folder.files.map { ($0 as NSString).lastPathComponent } == [
        "config.json", "model.safetensors", "preprocessor_config.json",
      ])
    #expect(folder.shape("text_projection") == [64, 48])
    #expect(folder.shape("visual.proj") == [128, 48])
    #expect(folder.shape("transformer.resblocks.1.attn.in_proj_weight") == [192, 64])
    let expected = try tensors(folder)
    let digest = try folder.digest()
    for name in ["hf-sharded", "hf.h5"] {
      let model = try Checkpoint.open(Fixture.model(name))
      #expect(model.naming == .huggingFace)
      #expect(try tensors(model) == expected)
      #expect(try model.digest() == digest)
    }

    let reader = try HDF5Reader(path: Fixture.model("hf.h5"))
    let stored = try reader.floats("visual_projection.weight")
    let projection = try #require(expected["visual.proj"])
    #expect(projection[3 * 48 + 5] == stored[5 * 128 + 3])
    let values = try reader.floats("text_model.encoder.layers.0.self_attn.v_proj.bias")
    #expect(expected["transformer.resblocks.0.attn.in_proj_bias"]?.suffix(64) == values[...])
  }

  @Test("Renamed to the canonical names, Hugging Face's weights keep their digest")
  func namingIndependent() throws {
    let original = try Checkpoint.open(Fixture.model("hf"))
    try withFolder { folder in
      let path = "\(folder)/renamed.h5"
      let writer = try HDF5Writer(path: path)
      for (name, values) in try tensors(original).sorted(by: { $0.key < $1.key }) {
        try writer.write(values, shape: original.shape(name), to: name)
      }
      try writer.close()
      let renamed = try Checkpoint.open(path)
      #expect(renamed.naming == .openAI)
      #expect(try renamed.digest() == original.digest())
    }
  }

  @Test("A ResNet's statistics are tensors and its counters are not")
  func resnet() throws {
    let model = try Checkpoint.open(Fixture.model("resnet.h5"))
    #expect(model.anomalies.isEmpty)
    #expect(model.shape("visual.layer1.0.downsample.1.running_var") == [32])
    #expect(model.shape("visual.attnpool.c_proj.weight") == [48, 256])
    #expect(!model.names.contains { $0.hasSuffix("num_batches_tracked") })
    #expect(try model.scan().nonFinite == 0)
  }

  @Test("Configurations say what shapes cannot")
  func configurations() throws {
    let nested = try Checkpoint.open(Fixture.model("vit-nested.h5")).configuration
    #expect(nested.quickGelu == true)
    #expect(nested.visionHeadWidth == 64)
    #expect(nested.textHeads == 1)
    #expect(nested.imageSize == 32)
    #expect(nested.source == "attribute model_config")
    #expect(try Checkpoint.open(Fixture.model("resnet.h5")).configuration.quickGelu == false)
    #expect(try Checkpoint.open(Fixture.model("vit-prefixed.h5")).configuration == ModelConfiguration())
    let folder = try Checkpoint.open(Fixture.model("hf")).configuration
    #expect(folder.quickGelu == true)
    #expect(folder.visionHeads == 2)
    #expect(folder.textHeads == 1)
    #expect(folder.imageSize == 32)
    #expect(folder.interpolation == "bicubic")
    #expect(folder.imageMean == [0.48145466, 0.4578275, 0.40821073])
    #expect(folder.eosTokenId == 299)
    #expect(folder.layerNormEpsilon == 1e-5)
    #expect(folder.source == "config.json, preprocessor_config.json")
    #expect(try Checkpoint.open(Fixture.model("hf-sharded")).configuration.quickGelu == false)
    #expect(try Checkpoint.open(Fixture.model("hf.h5")).configuration.quickGelu == true)
  }

  @Test("Preprocessing is read from where transformers 5 writes it") func processor() throws {
    try withFolder { folder in
      for name in ["config.json", "model.safetensors"] {
        try FileManager.default.copyItem(
          atPath: Fixture.model("hf") + "/" + name, toPath: "\(folder)/\(name)")
      }
      let text = #"""
        {"image_processor": {"crop_size": {"height": 32, "width": 32}, "image_mean": [0.5, 0.25, 0.125],
          "image_std": [1, 2, 4], "resample": 2}, "processor_class": "CLIPProcessor"}
        """#
      try AtomicFile.write(Array(text.utf8), to: "\(folder)/processor_config.json")
      for path in [folder, "\(folder)/model.safetensors"] {
        let found = try Checkpoint.open(path).configuration
        #expect(found.imageMean == [0.5, 0.25, 0.125] && found.imageStd == [1, 2, 4])
        #expect(found.interpolation == "bilinear")
        #expect(found.source == "config.json, processor_config.json")
      }
    }
  }

  @Test("A missing or misshapen tensor is named with the likely cause")
  func causes() throws {
    let model = try Checkpoint.open(Fixture.model("vit.safetensors"))
    let missing = #expect(throws: Fault.self) { try model.tensor("visual.layer1.0.conv1.weight", shape: [8]) }
    #expect(missing?.problem == "is missing (a tensor of shape [8])")
    let turned = #expect(throws: Fault.self) { try model.tensor("visual.proj", shape: [48, 128]) }
    #expect(turned?.problem == "has the shape [128, 48] where [48, 128] is needed")
    #expect(turned?.remedy.contains("transposed") == true)
    let longer = #expect(throws: Fault.self) { try model.tensor("positional_embedding", shape: [99, 64]) }
    #expect(longer?.remedy.contains("context length") == true)
    #expect(try model.tensorIfPresent("logit_bias", shape: []) == nil)
  }
}
