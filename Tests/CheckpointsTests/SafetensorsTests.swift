// Headers that lie are refused with a sentence; none may trap.

import Checkpoints
import Evidence
import Foundation
import Storage
import Testing

@Suite(.serialized) struct SafetensorsTests {
  private static let scale = #""logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}"#
  private static let norm = #""ln_final.bias":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"#
  private static let data = bytes([1.5, -1, 2])

  private func open(_ content: [UInt8], named name: String = "model.safetensors") throws -> Checkpoint {
    try withFolder { folder in
      let path = "\(folder)/\(name)"
      try AtomicFile.write(content, to: path)
      return try Checkpoint.open(path)
    }
  }

  @Test("A small honest file is read, whatever its alignment")
  func honest() throws {
    let model = try open(safetensors("{\(Self.scale),\(Self.norm)}   ", data: Self.data))
    #expect(model.names == ["ln_final.bias", "logit_scale"])
    #expect(try model.tensor("logit_scale", shape: []) == [1.5])
    #expect(try model.tensor("ln_final.bias", shape: [2]) == [-1, 2])
    #expect(model.anomalies.isEmpty)
  }

  @Test("Each byte of a header flipped gives an error or the same kind of tensors, never a trap")
  func flipped() throws {
    let whole = safetensors("{\(Self.scale),\(Self.norm)}", data: Self.data)
    try withFolder { folder in
      let path = "\(folder)/model.safetensors"
      var refused = 0
      for position in 0..<whole.count - Self.data.count {
        for flip: UInt8 in [0x01, 0xFF] {
          var content = whole
          content[position] ^= flip
          try Data(content).write(to: URL(fileURLWithPath: path))
          do {
            let model = try Checkpoint.open(path)
            for name in model.names {
              #expect(try model.scan().tensors.contains { $0.name == name })
              #expect(model.shape(name)?.reduce(1, *) ?? 99 <= 2)
            }
          } catch is Fault { refused += 1 }
        }
      }
      #expect(refused > whole.count)
    }
  }

  @Test("A file cut at any length is refused")
  func truncated() throws {
    let whole = safetensors("{\(Self.scale),\(Self.norm)}", data: Self.data)
    for length in 0..<whole.count {
      #expect(throws: Fault.self) { try open(Array(whole.prefix(length))) }
    }
  }

  @Test(
    "What the format forbids, and what readers disagree about, is refused",
    arguments: [
      #"{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[3.0],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[3e0],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F31","shape":[3],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,12]}}"#,
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
      #"{"__metadata__":{"format":1},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
      #" {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}\0",
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#,
      #"[1]"#,
    ])
  func refused(header: String) {
    #expect(throws: Fault.self) { try open(safetensors(header, data: Self.data)) }
  }

  @Test("A length beyond the file, and one beyond all measure, are refused")
  func lengths() {
    for length in [UInt64.max, 1 << 40, 1_000_000_000, 99_999_999] {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array("{}".utf8)
      #expect(throws: Fault.self) { try open(bytes) }
    }
  }

  @Test("Unknown fields, other arrays and a wrong ending are reported")
  func reported() throws {
    let header =
      #"{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1},"#
      + #""payload":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}}"#
    let model = try open(safetensors(header, data: Self.data), named: "model.h5")
    #expect(model.anomalies.contains("The tensor logit_scale has unknown fields: x."))
    #expect(model.anomalies.contains("The array payload (u8, [8]) is no part of a CLIP model."))
    #expect(model.anomalies.contains("The file is named .h5 and is safetensors."))
  }

  @Test("An index may not lead out of its folder, and must be true")
  func shards() throws {
    func open(_ index: String) throws -> Checkpoint {
      try withFolder { folder in
        try AtomicFile.write(Array(index.utf8), to: "\(folder)/model.safetensors.index.json")
        try AtomicFile.write(
          safetensors("{\(Self.scale),\(Self.norm)}", data: Self.data), to: "\(folder)/a.safetensors")
        return try Checkpoint.open(folder)
      }
    }
    for name in [
      "../a.safetensors", "/etc/a.safetensors", "..safetensors", "a.bin", "missing.safetensors",
      "é.safetensors",
    ] {
      #expect(throws: Fault.self) { try open(#"{"weight_map":{"logit_scale":"\#(name)"}}"#) }
    }
    #expect(throws: Fault.self) { try open(#"{"weight_map":{"absent":"a.safetensors"}}"#) }
    #expect(throws: Fault.self) { try open(#"{"weight_map":{}}"#) }
    let model = try open(#"{"metadata":{"total_size":5},"weight_map":{"logit_scale":"a.safetensors"}}"#)
    #expect(model.names == ["logit_scale"])
    #expect(
      model.anomalies.contains(
        "The tensor ln_final.bias of a.safetensors is not in the index; it was not read."))
    #expect(model.anomalies.contains("The index says 5 bytes, the shards hold 4."))
  }
}
