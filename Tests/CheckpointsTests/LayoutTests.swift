// Wrappers, variants of names, and files that are something else.

import Checkpoints
import Evidence
import Foundation
import Storage
import Testing

@Suite(.serialized) struct LayoutTests {
  /// A small state dict with one tensor of each tower.
  private func open(
    _ names: [String], extra: (HDF5Writer) throws -> Void = { _ in }
  ) throws -> Checkpoint {
    try withFolder { folder in
      let path = "\(folder)/model.h5"
      let writer = try HDF5Writer(path: path)
      for name in names { try writer.write([Float(1), 2], to: name) }
      try extra(writer)
      try writer.close()
      return try Checkpoint.open(path)
    }
  }

  @Test(
    "Wrappers that all names share are taken off",
    arguments: [
      "", "state_dict/", "model/", "anything/", "module.", "module._orig_mod.", "state_dict/module.",
    ])
  func wrappers(prefix: String) throws {
    let model = try open(["\(prefix)ln_final.bias", "\(prefix)visual.ln_pre.bias"])
    #expect(model.names == ["ln_final.bias", "visual.ln_pre.bias"])
    #expect(model.anomalies.isEmpty)
  }

  @Test("What stands beside a wrapped state dict is reported")
  func beside() throws {
    let model = try open(["state_dict/ln_final.bias", "optimizer/step", "epoch"])
    #expect(model.names == ["ln_final.bias"])
    #expect(model.anomalies.contains("The array optimizer.step (f32, [2]) is no part of a CLIP model."))
    #expect(model.anomalies.contains("The array epoch (f32, [2]) is no part of a CLIP model."))
  }

  @Test("A prefix that only some names have is kept and reported")
  func mixed() throws {
    let model = try open(["module.ln_final.bias", "visual.ln_pre.bias"])
    #expect(model.names == ["visual.ln_pre.bias"])
    #expect(model.anomalies.contains("1 of 2 names begin with module; it was kept."))
  }

  @Test("A text tower under its own group is flattened")
  func nestedText() throws {
    let model = try open(["text.ln_final.bias", "visual.ln_pre.bias"]) { writer in
      try writer.write([Float(1), 2, 3, 4, 5, 6], shape: [2, 3], to: "text.text_projection.weight")
      try writer.write([Float(2.5)], shape: [1], to: "logit_scale")
    }
    #expect(model.names == ["ln_final.bias", "logit_scale", "text_projection", "visual.ln_pre.bias"])
    #expect(try model.tensor("text_projection", shape: [3, 2]) == [1, 4, 2, 5, 3, 6])
    #expect(try model.tensor("logit_scale", shape: []) == [2.5])
  }

  @Test("The same tensor under two names is refused")
  func twice() {
    #expect(throws: Fault.self) { try open(["visual.ln_pre.bias", "visual/ln_pre/bias"]) }
    #expect(throws: Fault.self) { try open(["ln_final.bias", "text.ln_final.bias"]) }
  }

  @Test("Query, key and value must all be there and fit")
  func attention() throws {
    let layer = "text_model.encoder.layers.0.self_attn"
    let whole = try open(["\(layer).q_proj.bias", "\(layer).k_proj.bias", "\(layer).v_proj.bias"])
    #expect(whole.shape("transformer.resblocks.0.attn.in_proj_bias") == [6])
    #expect(throws: Fault.self) { try open(["\(layer).q_proj.bias", "\(layer).v_proj.bias"]) }
    #expect(throws: Fault.self) {
      try open(["\(layer).q_proj.bias", "\(layer).k_proj.bias"]) {
        try $0.write([Float(1)], to: "\(layer).v_proj.bias")
      }
    }
  }

  @Test("Tables that steer nothing today are checked all the same")
  func tables() throws {
    let model = try open(["text_model.final_layer_norm.bias"]) { writer in
      try writer.write([0, 2, 1], shape: [1, 3], to: "text_model.embeddings.position_ids")
    }
    #expect(
      model.anomalies == [
        "The table text_model.embeddings.position_ids does not count from 0 upwards; it was ignored."
      ])
    let masked = try open(["ln_final.bias"]) {
      try $0.write([Float](repeating: 0, count: 4), shape: [2, 2], to: "attn_mask")
    }
    #expect(masked.anomalies == ["The mask attn_mask is not causal; it was ignored."])
    let causal = try open(["ln_final.bias"]) {
      try $0.write([0, -Float.infinity, 0, 0], shape: [2, 2], to: "attn_mask")
    }
    #expect(causal.anomalies.isEmpty)
  }

  @Test("Merges and a configuration inside the file are found")
  func embedded() throws {
    let model = try open(["ln_final.bias"]) { writer in
      try writer.write(["a b", "ab c</w>"], to: "tokenizer/merges")
      try writer.attribute("model_config", #"{"quick_gelu": true, "text_cfg": {"heads": 3}}"#)
    }
    #expect(model.embeddedMerges == ["a b", "ab c</w>"])
    #expect(model.configuration.quickGelu == true)
    #expect(model.configuration.textHeads == 3)
    #expect(model.anomalies.isEmpty)
  }

  @Test("16-bit integers without a word of explanation are read by what they look like")
  func ambiguous() throws {
    let values: [Float] = [0.02, -0.5, 1, 0.125]
    let model = try open(["ln_final.bias"]) { writer in
      try writer.write(values.map { UInt16($0.bitPattern >> 16) }, to: "ln_final.weight")
      try writer.write([1, UInt16(60000)], to: "visual.ln_pre.weight")
    }
    #expect(model.type("ln_final.weight") == "bf16")
    #expect(
      try model.tensor("ln_final.weight", shape: [4])
        == values.map { Float(bitPattern: ($0.bitPattern >> 16) << 16) })
    #expect(
      model.anomalies == ["ln_final.weight holds 16-bit integers; they look like bf16 and were read so."])
    #expect(throws: Fault.self) { try model.tensor("visual.ln_pre.weight", shape: [2]) }
  }

  @Test("Weights that are infinite or no number are counted")
  func nonFinite() throws {
    let model = try open(["ln_final.weight"]) {
      try $0.write([Float(1), .nan, .infinity], to: "ln_final.bias")
    }
    #expect(try model.nonFiniteCount("ln_final.bias") == 2)
    #expect(try model.scan().nonFinite == 2)
  }

  @Test(
    "Towers of other models are named",
    arguments: ["visual.trunk.stem.weight", "text_decoder.x", "text.transformer.embeddings.x"])
  func towers(name: String) {
    let fault = #expect(throws: Fault.self) { try open(["logit_scale", name]) }
    #expect(fault?.problem.hasSuffix("which is not supported") == true)
  }

  @Test(
    "Files of other formats are named, with the way to convert them",
    arguments: [
      (
        "PK\u{3}\u{4}" + String(repeating: "\0", count: 22) + "\u{10}\0\0\0archive/data.pkl",
        "PyTorch archive"
      ),
      ("PK\u{3}\u{4}" + String(repeating: "\0", count: 22) + "\u{9}\0\0\0a/b/x.npy", "NumPy arrays"),
      ("GGUF....", "GGUF"), ("", "is empty"), ("hello", "begins with 68 65 6c 6c 6f"),
      ("version https://git-lfs.github.com/spec/v1", "Git-LFS pointer"),
    ])
  func foreign(content: String, words: String) throws {
    try withFolder { folder in
      try AtomicFile.write(Array(content.utf8), to: "\(folder)/model.pt")
      let fault = #expect(throws: Fault.self) { try Checkpoint.open("\(folder)/model.pt") }
      #expect(fault?.problem.contains(words) == true)
    }
  }

  @Test(
    "Pickles are named and never loaded",
    arguments: [
      [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], [0x80, 4, 0x95],
    ])
  func pickles(content: [UInt8]) throws {
    try withFolder { folder in
      try AtomicFile.write(content, to: "\(folder)/model.safetensors")
      let fault = #expect(throws: Fault.self) { try Checkpoint.open("\(folder)/model.safetensors") }
      #expect(fault?.problem.contains("pickle") == true)
    }
  }

  @Test("A folder's oddities are reported, and one without weights is refused")
  func folders() throws {
    try withFolder { folder in
      try AtomicFile.write([1], to: "\(folder)/pytorch_model.bin")
      let fault = #expect(throws: Fault.self) { try Checkpoint.open(folder) }
      #expect(fault?.problem.contains("pickle (pytorch_model.bin)") == true)

      let header = #"{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#
      try AtomicFile.write(safetensors(header, data: bytes([1])), to: "\(folder)/open_clip_model.safetensors")
      try AtomicFile.write(
        Array(
          #"{"model_cfg":{"vision_cfg":{"image_size":[64,64]},"text_cfg":{}},"preprocess_cfg":{"interpolation":"bilinear"}}"#
            .utf8),
        to: "\(folder)/open_clip_config.json")
      try AtomicFile.write([], to: "\(folder)/run.py")
      try AtomicFile.write([], to: "\(folder)/merges.txt")
      let model = try Checkpoint.open(folder)
      #expect(model.format == "openclip-folder")
      #expect(model.configuration.quickGelu == false)
      #expect(model.configuration.imageSize == 64)
      #expect(model.configuration.interpolation == "bilinear")
      #expect(model.vocabularyFiles.merges == "\(folder)/merges.txt")
      #expect(model.anomalies.contains { $0.contains("run.py") })
      #expect(model.anomalies.contains { $0.contains("pytorch_model.bin") })
    }
  }
}
