// A model in several safetensors files with an index that says which tensor is where (formats.md F3). The index is
// the attacker's too: it may only name files beside itself.

import Evidence
import Foundation
import Storage

/// The shards named by `model.safetensors.index.json`.
struct SafetensorsShards: TensorStore {
  let tensors: [StoredTensor]
  let files: [String]
  let anomalies: [String]
  private let shards: [String: SafetensorsFile]

  /// Opens every shard and compares it with the index.
  init(index path: String) throws {
    let index = try ConfigurationFile.read(path)
    guard let map = index["weight_map"]?.members?.mapValues({ $0.text ?? "" }), !map.isEmpty else {
      throw Fault(path, "has no weight_map", do: "get a complete copy of the folder")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var tensors: [StoredTensor] = []
    var shards: [String: SafetensorsFile] = [:]
    var bytes = 0
    var anomalies: [String] = []
    for name in Set(map.values).sorted() {
      guard Self.isPlain(name) else {
        throw Fault(
          path, "names a shard \"\(name)\", which is no plain file name", do: "do not trust this folder")
      }
      let shard = try SafetensorsFile(path: "\(folder)/\(name)")
      anomalies += shard.anomalies
      for tensor in shard.tensors {
        guard map[tensor.name] == name else {
          anomalies.append("The tensor \(tensor.name) of \(name) is not in the index; it was not read.")
          continue
        }
        tensors.append(tensor)
        shards[tensor.key] = shard
        bytes += tensor.shape.reduce(tensor.type.byteCount ?? 0, *)
      }
    }
    let missing = Set(map.keys).subtracting(tensors.map(\.name)).sorted()
    if let first = missing.first, let shard = map[first] {
      throw Fault(
        "\(folder)/\(shard)",
        "has no tensor \(first), which the index places there (\(missing.count) in all)",
        do: "get a complete copy of the folder")
    }
    if let total = index["metadata"]?["total_size"]?.whole, total != bytes {
      anomalies.append("The index says \(total) bytes, the shards hold \(bytes).")
    }
    self.tensors = tensors.sorted { $0.name < $1.name }
    self.shards = shards
    self.anomalies = anomalies
    files = [path] + Set(map.values).sorted().map { "\(folder)/\($0)" }
  }

  func bytes(of tensor: StoredTensor) throws -> [UInt8] {
    guard let shard = shards[tensor.key] else { throw Fault(tensor.key, "is in no shard") }
    return try shard.bytes(of: tensor)
  }

  /// Letters, digits, dots, dashes and underscores, without a way out of the folder.
  private static func isPlain(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.contains("..")
      && name.utf8.allSatisfy {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        return isLetter || isDigit || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
      }
  }
}
