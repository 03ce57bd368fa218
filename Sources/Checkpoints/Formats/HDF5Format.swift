// State dicts in HDF5: names with dots, groups at the dots, or both, below any one group (formats.md F2.2, A to C).

import Evidence
import Storage

/// Tensors of an HDF5 file, a dataset each.
struct HDF5Format: CheckpointFormat {
  static let name = "hdf5"
  static let fileExtensions = ["h5", "hdf5", "hdf", "he5"]

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let merges = "tokenizer/merges"
  private static let mostMerges = 1 << 20

  static func recognizes(_ candidate: Candidate) -> Bool {
    var offset = 0
    while offset + signature.count <= candidate.beginning.count {
      if candidate.beginning[offset..<offset + signature.count].elementsEqual(signature) { return true }
      offset = offset == 0 ? 512 : offset * 2
    }
    return false
  }

  static func read(_ candidate: Candidate) throws -> CheckpointContents {
    let path = candidate.path
    let reader = try HDF5Reader(path: path)
    let root = reader.attributes(of: "")
    guard root["keras_version"] == nil, root["layer_names"] == nil else {
      throw Fault(
        path, "holds weights by TensorFlow's names",
        do: "convert the model with CLIPModel.from_pretrained(from_tf=True)")
    }
    var contents = CheckpointContents(store: try HDF5Tensors(reader), files: [path])
    contents.anomalies = reader.anomalies + ((contents.store as? HDF5Tensors)?.anomalies ?? [])
    if let merges = reader.dataset(merges) {
      guard merges.type == .string, merges.shape.count == 1, merges.shape[0] <= mostMerges else {
        throw Fault("\(path), \(Self.merges)", "is no list of merges", do: "store one string \"a b\" a merge")
      }
      contents.embeddedMerges = try reader.strings(Self.merges)
    }
    let places = [""] + reader.groups.filter { !$0.contains("/") }
    let texts = places.compactMap { place -> String? in
      if case .string(let text)? = reader.attributes(of: place)["model_config"] { return text }
      return nil
    }
    contents.embeddedConfiguration = texts.first
    if let text = texts.first {
      let json = try JSON.parse(Array(text.utf8), place: "\(path), attribute model_config")
      contents.anomalies += contents.configuration.adopt(openCLIP: json, from: "attribute model_config")
    } else {
      ConfigurationFile.adopt(beside: path, into: &contents)
    }
    return contents
  }
}

/// The numeric datasets of a file as tensors.
private struct HDF5Tensors: TensorStore {
  let tensors: [StoredTensor]
  let anomalies: [String]
  private let reader: HDF5Reader

  private static let mostSampled = 4096

  init(_ reader: HDF5Reader) throws {
    self.reader = reader
    var tensors: [StoredTensor] = []
    var anomalies: [String] = []
    var paths: [String: String] = [:]
    for dataset in reader.datasets where !dataset.path.hasPrefix("tokenizer/") {
      guard dataset.type.byteCount != nil else {
        if dataset.type == .string {
          anomalies.append("The array \(dataset.path) holds text and is no part of a CLIP model.")
        }
        continue
      }
      let name = dataset.path.split(separator: "/").joined(separator: ".")
      if let other = paths.updateValue(dataset.path, forKey: name) {
        throw Fault(
          reader.path, "holds the tensor \(name) twice, as \(other) and as \(dataset.path)",
          do: "do not trust this file")
      }
      let type = try Self.type(of: dataset, in: reader, &anomalies)
      tensors.append(StoredTensor(name: name, key: dataset.path, shape: dataset.shape, type: type))
    }
    self.tensors = tensors.sorted { $0.name < $1.name }
    self.anomalies = anomalies
  }

  func bytes(of tensor: StoredTensor) throws -> [UInt8] { try reader.rawBytes(tensor.key) }

  /// bfloat16 is often kept as uint16 with an attribute that says so; without one, the values must tell.
  private static func type(
    of dataset: HDF5Reader.Dataset, in reader: HDF5Reader, _ anomalies: inout [String]
  ) throws -> ElementType {
    guard dataset.type == .uint16 else { return dataset.type }
    let attributes = reader.attributes(of: dataset.path)
    for name in ["dtype", "torch_dtype", "original_dtype"] {
      guard case .string(let text)? = attributes[name] else { continue }
      if text.contains("bfloat16") { return .bfloat16 }
      if text.contains("float16") { return .float16 }
    }
    let perRow = max(1, dataset.shape.dropFirst().reduce(1, *))
    let rows = dataset.shape.first.map { 0..<min($0, max(1, mostSampled / perRow)) }
    let sample = try reader.rawBytes(dataset.path, rows: rows)
    guard looksLikeWeights(ElementBytes(sample, .bfloat16).floats()) else { return .uint16 }
    anomalies.append("\(dataset.path) holds 16-bit integers; they look like bf16 and were read so.")
    return .bfloat16
  }

  private static func looksLikeWeights(_ values: [Float]) -> Bool {
    guard !values.isEmpty, values.allSatisfy({ $0.isFinite && abs($0) < 1000 }) else { return false }
    let power = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
    return (1e-4...100).contains(power.squareRoot())
  }
}
