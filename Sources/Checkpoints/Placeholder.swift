// To be replaced: the contract, so that what stands above compiles.
public enum NamingFamily: String, Sendable { case openAI = "openai", huggingFace = "huggingface" }
public struct ModelConfiguration: Sendable {
  public var quickGelu: Bool?, visionHeads: Int?, textHeads: Int?, visionHeadWidth: Int?
  public var imageMean: [Float]?, imageStd: [Float]?
  public var layerNormEpsilon: Float?
  public var source = ""
}
public struct CheckpointScan: Sendable { public let digest = ""; public let tensorDigests: [String: String] = [:]; public let nonFinite = 0 }
public struct Checkpoint: Sendable {
  public static func open(_ path: String) throws -> Checkpoint { Checkpoint() }
  public let format = "", naming = NamingFamily.openAI, files: [String] = [], anomalies: [String] = [], names: [String] = []
  public let configuration = ModelConfiguration(), embeddedMerges: [String]? = nil, vocabularyPath: String? = nil
  public func shape(_ name: String) -> [Int]? { nil }
  public func type(_ name: String) -> String? { nil }
  public func tensor(_ name: String, shape: [Int]) throws -> [Float] { [] }
  public func scan() throws -> CheckpointScan { CheckpointScan() }
}
