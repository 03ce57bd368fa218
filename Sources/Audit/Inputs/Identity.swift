// The model's identity, read from its tensors: what `inspect` prints and the report's identity page shows.

import CLIP
import Checkpoints
public import Evidence
import Foundation
import Tensors

extension OpenedModel {
  /// What the checkpoint is.
  ///
  /// Complexity: reads every tensor once.
  ///
  /// - Parameter fileDigest: SHA-256 of the input.
  public func identity(fileDigest: String) throws -> ModelIdentity {
    let scan = try checkpoint.scan()
    var dtypes: [String: Int] = [:]
    var (image, text) = (0, 0)
    for name in checkpoint.names {
      let count = (checkpoint.shape(name) ?? []).reduce(1, *)
      if name.hasPrefix("visual.") { image += count } else { text += count }
      dtypes[checkpoint.type(name) ?? "unknown", default: 0] += 1
    }
    let configuration = checkpoint.configuration
    let given = configuration.imageMean != nil
    func words(_ channels: [Float]) -> String {
      channels.map { rounded(Double($0), places: 4) }.joined(separator: ", ")
    }
    let claims = self.claims
    return ModelIdentity(
      sha256: fileDigest, tensorDigest: scan.digest, architecture: model.architecture,
      format: checkpoint.format,
      naming: checkpoint.naming.rawValue, imageParameters: image, textParameters: text, dtypes: dtypes,
      imageSize: model.preprocessing.imageSize, embeddingWidth: model.embeddingWidth,
      contextLength: model.contextLength, vocabularySize: model.vocabularySize,
      logitScale: Double(model.logitScale),
      activation: activation,
      preprocessing: .init(
        """
        resize the shorter side to \(model.preprocessing.imageSize) (bicubic), crop the centre, \
        mean \(words(model.preprocessing.mean)), deviation \(words(model.preprocessing.deviation))
        """,
        given ? "named by \(configuration.source)" : "OpenAI's constants: no configuration names others"),
      tokenizer: .init(
        "\(tokenizer.vocabularySize) tokens, SHA-256 \(tokenizer.digest)", tokenizer.source),
      nonFinite: scan.nonFinite, claims: claims,
      anomalies: checkpoint.anomalies + model.assumptions
        + claims.filter { !$0.holds }.map(OpenedModel.sentence))
  }

  /// What a configuration states beside what the tensors show.
  private var claims: [ModelIdentity.Claim] {
    let configuration = checkpoint.configuration
    return ModelDimension.allCases.compactMap { dimension in
      guard let stated = configuration.stated[dimension],
        let observed = dimension == .imageSize
          ? model.preprocessing.imageSize : checkpoint.observed(dimension)
      else { return nil }
      return .init(
        property: dimension.rawValue, claimed: stated, observed: observed, source: configuration.source)
    }
  }

  private static func sentence(_ claim: ModelIdentity.Claim) -> String {
    "\(claim.source) states \(claim.claimed) for \(claim.property); the tensors show \(claim.observed), which was used."
  }
}

/// ln Σ exp(x), without overflow; -infinity for an empty list.
func logSumExp(_ values: [Double]) -> Double {
  guard let largest = values.max(), largest.isFinite else { return -.infinity }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// A fixed number of decimals, for sentences.
func rounded(_ value: Double, places: Int = 3) -> String { String(format: "%.\(places)f", value) }

/// Two significant digits with an exponent, for p-values.
func scientific(_ value: Double) -> String { String(format: "%.1e", value) }
