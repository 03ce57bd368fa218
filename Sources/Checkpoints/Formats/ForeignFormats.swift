// Files that are recognised and not loaded: each gets one sentence that says what it is and how to convert it.

import Evidence

enum ForeignFormats {
  private struct Kind {
    var magic: [UInt8]
    var offset = 0
    var problem: String
    var remedy: String
  }

  private static let convertTorch =
    "convert it in a throw-away machine: torch.load(file, weights_only=True), then safetensors.torch.save_file"

  private static let kinds: [Kind] = [
    Kind(
      magic: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19],
      problem: "is an old PyTorch file, a pickle that can run code when it is loaded", remedy: convertTorch),
    Kind(
      magic: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C],
      problem: "is a 7z archive, a known way to hide a pickle from scanners",
      remedy: "do not load it anywhere"),
    Kind(
      magic: [0x93] + Array("NUMPY".utf8), problem: "is a single NumPy array",
      remedy: "store all tensors of the model in one safetensors or HDF5 file"),
    Kind(
      magic: Array("GGUF".utf8), problem: "is a GGUF file, made for inference and usually quantised",
      remedy: "get the original weights as safetensors"),
    Kind(
      magic: Array("PAR1".utf8), problem: "is a Parquet table, not a model", remedy: "name the model file"),
    Kind(magic: [0x1F, 0x8B], problem: "is compressed with gzip", remedy: "decompress it first"),
    Kind(
      magic: Array("ustar".utf8), offset: 257, problem: "is a tar archive",
      remedy: "unpack it and name the model file inside"),
    Kind(
      magic: [0x89, 0x50, 0x4E, 0x47], problem: "is a PNG image, not a model", remedy: "name the model file"),
    Kind(magic: [0xFF, 0xD8, 0xFF], problem: "is a JPEG image, not a model", remedy: "name the model file"),
  ]

  /// The sentence for a candidate that no format claims.
  static func fault(_ candidate: Candidate) -> Fault {
    let bytes = candidate.beginning
    if candidate.isFolder { return folder(candidate) }
    if bytes.isEmpty { return Fault(candidate.path, "is empty", do: "get a complete copy of the file") }
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return archive(candidate) }
    if let kind = kinds.first(where: { bytes.dropFirst($0.offset).starts(with: $0.magic) }) {
      return Fault(candidate.path, kind.problem, do: kind.remedy)
    }
    if bytes[0] == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) {
      return Fault(
        candidate.path, "is a bare pickle, which can run any code when it is loaded",
        do: "do not load it anywhere")
    }
    let beginning = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(
      separator: " ")
    return Fault(
      candidate.path, "is no model file of a known format (it begins with \(beginning))",
      do: "give an HDF5 or safetensors file, or a Hugging Face or open_clip folder")
  }

  /// The first member of a zip archive tells what wrote it.
  private static func archive(_ candidate: Candidate) -> Fault {
    let bytes = candidate.beginning
    guard bytes.count > 30 else { return Fault(candidate.path, "is a truncated zip archive") }
    let length = Int(bytes[26]) | Int(bytes[27]) << 8
    let member = String(decoding: bytes.dropFirst(30).prefix(length), as: UTF8.self)
    if member.hasSuffix(".npy") {
      return Fault(
        candidate.path, "is an archive of NumPy arrays",
        do: "store them with safetensors.numpy.save_file under their state-dict names")
    }
    if member.contains("/") {
      return Fault(
        candidate.path, "is a PyTorch archive, whose pickle can run code when it is loaded", do: convertTorch)
    }
    return Fault(
      candidate.path, "is a zip archive (its first member is \(member.debugDescription))",
      do: "unpack it and name the model file inside")
  }

  private static func folder(_ candidate: Candidate) -> Fault {
    let pickles = candidate.entries.filter { name in [".bin", ".pt", ".pth"].contains { name.hasSuffix($0) } }
    if let pickle = pickles.first {
      return Fault(
        candidate.path,
        "holds its weights only as a pickle (\(pickle)), which can run code when it is loaded",
        do: convertTorch)
    }
    return Fault(
      candidate.path, "holds no model.safetensors, no open_clip_model.safetensors and no index of shards",
      do: "name a Hugging Face or open_clip folder, or a model file")
  }
}
