// The one way to weights: a file or folder of any known format and naming becomes tensors under canonical names.

import Evidence
import Storage

/// A model's weights, listed when it is opened and read one tensor at a time.
public struct Checkpoint: Sendable {
  /// The path as it was given.
  public let path: String
  /// The file format: hdf5, safetensors, huggingface-folder or openclip-folder.
  public let format: String
  /// Whose names it uses.
  public let naming: NamingFamily
  /// Every file that was read, sorted.
  public let files: [String]
  /// Everything odd about it, one sentence each.
  public let anomalies: [String]
  /// What a configuration beside or inside it says.
  public let configuration: ModelConfiguration
  /// The tokenizer's merges, "a b" in order of rank, if an HDF5 file brings them as `tokenizer/merges`.
  public let embeddedMerges: [String]?
  /// The files of a folder that define its tokenizer.
  public let vocabularyFiles: VocabularyFiles

  /// The text of the attribute `model_config`, if an HDF5 file has one.
  public let embeddedConfiguration: String?

  private let store: any TensorStore
  private let tensors: [String: CanonicalTensor]
  /// The arrays of the state dict, under names without wrappers.
  private let stateDict: [StoredTensor]

  /// Opens a model file or folder.
  ///
  /// Throws a fault that says what the path is instead, what is wrong with it, and how to convert it.
  public static func open(_ path: String) throws -> Checkpoint {
    let candidate = try Candidate(path: path)
    let format = try CheckpointFormats.format(of: candidate)
    var contents = try format.read(candidate)
    contents.anomalies += [CheckpointFormats.misnomer(candidate, format)].compactMap(\.self)
    return try Checkpoint(path: path, format: format.name, contents)
  }

  private init(path: String, format: String, _ contents: CheckpointContents) throws {
    let (inside, outside, oddities) = Wrappers.strip(contents.store.tensors)
    let naming = NamingFamily(of: inside)
    var canonical = try naming.rules.canonical(inside, in: contents.store, place: path)
    for tensor in outside { canonical.addUnexpected(tensor) }
    guard !canonical.tensors.isEmpty else {
      throw Fault(
        path, "holds no tensor of a CLIP model among its \(contents.store.tensors.count) arrays",
        do: "name a checkpoint with open_clip's, OpenAI's or Hugging Face's names")
    }
    self.path = path
    self.format = format
    self.naming = naming
    files = contents.files.sorted()
    anomalies = contents.anomalies + oddities + canonical.anomalies
    configuration = contents.configuration
    embeddedMerges = contents.embeddedMerges
    vocabularyFiles = contents.vocabulary
    embeddedConfiguration = contents.embeddedConfiguration
    store = contents.store
    tensors = canonical.tensors
    stateDict = inside
  }

  /// The canonical names, in order of their bytes.
  public var names: [String] { tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  /// The shape of a tensor in canonical orientation, or nil if there is none of that name.
  public func shape(_ name: String) -> [Int]? { tensors[name]?.shape }

  /// The element type of a tensor: f16, bf16, f32, f64 or what else is stored; nil if there is none of that name.
  public func type(_ name: String) -> String? { tensors[name]?.type.tag }

  /// A tensor's values, row-major.
  ///
  /// Throws a fault that names the tensor, both shapes and the likely cause if it is missing or has another shape.
  public func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    guard let tensor = tensors[name] else {
      throw Fault("\(path), \(name)", "is missing (a tensor of shape \(shape))", do: causeOfAbsence(name))
    }
    guard tensor.shape == shape else {
      throw Fault(
        "\(path), \(name)", "has the shape \(tensor.shape) where \(shape) is needed",
        do: Self.causeOfMismatch(name, found: tensor.shape, wanted: shape))
    }
    guard tensor.type.isFloat else {
      throw Fault(
        "\(path), \(name)", "is stored as \(tensor.type.tag), which is no type of weights",
        do: "convert the weights to f32, f16 or bf16")
    }
    return ElementBytes(try bytes(name), tensor.type).floats()
  }

  /// As `tensor`, but nil if there is none of that name.
  public func tensorIfPresent(_ name: String, shape: [Int]) throws -> [Float]? {
    tensors[name] == nil ? nil : try tensor(name, shape: shape)
  }

  /// A tensor's elements as stored, row-major and little-endian, in canonical orientation.
  func bytes(_ name: String) throws -> [UInt8] {
    guard let tensor = tensors[name] else { throw Fault("\(path), \(name)", "is missing") }
    return try tensor.bytes(from: store)
  }

  /// Every array of the file as it is stored, or those of the state dict under names without wrappers.
  func storedTensors(asStateDict: Bool) -> [StoredTensor] { asStateDict ? stateDict : store.tensors }

  /// The elements of a stored array.
  func stored(_ tensor: StoredTensor) throws -> [UInt8] { try store.bytes(of: tensor) }

  /// How a canonical tensor is made from what is stored.
  func canonical(_ name: String) -> CanonicalTensor? { tensors[name] }

  /// The element type of a tensor.
  func elementType(_ name: String) -> ElementType { tensors[name]?.type ?? .unsupported("nothing") }

  // MARK: Causes

  private func causeOfAbsence(_ name: String) -> String {
    let isVisual = name.hasPrefix("visual.")
    guard tensors.keys.contains(where: { $0.hasPrefix("visual.") == isVisual && $0 != "logit_scale" }) else {
      return "the file holds no \(isVisual ? "image" : "text") tower; name a checkpoint with both"
    }
    return "the file is incomplete or of another architecture; get a complete copy"
  }

  private static func causeOfMismatch(_ name: String, found: [Int], wanted: [Int]) -> String {
    if found.count == 2, found == wanted.reversed() { return "it looks transposed; convert the file again" }
    if name.hasSuffix("positional_embedding"), found.dropFirst() == wanted.dropFirst() {
      return "it is for another image size or context length"
    }
    if found.reduce(1, *) == wanted.reduce(1, *) {
      return "it has the right number of values; convert the file again"
    }
    return "the file mixes architectures, or a configuration beside it belongs to another model"
  }
}
