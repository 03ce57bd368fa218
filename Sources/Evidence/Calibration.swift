// How far a model's own probabilities can be believed: images in bins of equal count by the probability of the answer, and
// how many answers of each bin are right. Source: Guo et al. 2017 (arXiv 1706.04599, section 2), with bins of equal
// count, so that no bin is too small to say anything (report.md F6).

/// Confidence against accuracy.
public struct Calibration: Codable, Sendable, Equatable {
  /// Images whose answers are about equally confident.
  public struct Bin: Codable, Sendable, Equatable {
    /// Mean probability that the model gives its answer, in 0...1.
    public var confidence: Double
    /// Answers that are right.
    public var right: Rate

    /// A bin.
    public init(confidence: Double, right: Rate) {
      self.confidence = confidence
      self.right = right
    }
  }

  /// The least confident first.
  public var bins: [Bin]
  /// Images by confidence, in steps of equal width over 0...1.
  public var histogram: [Int]

  private static let (mostBins, fewestImages, steps) = (10, 20, 20)

  /// Mean distance of confidence and accuracy over the images.
  public var error: Double {
    let images = bins.reduce(0) { $0 + $1.right.n }
    return bins.reduce(0) { $0 + abs($1.right.share - $1.confidence) * Double($1.right.n) }
      / Double(max(1, images))
  }

  /// Measures answers; nil where they are too few for two bins of twenty.
  ///
  /// - Parameter answers: the probability that the model gives each of its answers, and whether it is right.
  public init?(_ answers: [(confidence: Double, isRight: Bool)]) {
    let count = min(Calibration.mostBins, answers.count / Calibration.fewestImages)
    guard count >= 2 else { return nil }
    let order = answers.indices.sorted { (answers[$0].confidence, $0) < (answers[$1].confidence, $1) }
    bins = (0..<count).map { bin in
      let own = order[bin * order.count / count..<(bin + 1) * order.count / count]
      let confidence = own.reduce(0) { $0 + answers[$1].confidence } / Double(own.count)
      return Bin(
        confidence: confidence, right: Rate(own.count { answers[$0].isRight }, of: own.count))
    }
    histogram = [Int](repeating: 0, count: Calibration.steps)
    for (confidence, _) in answers {
      histogram[min(Calibration.steps - 1, max(0, Int(confidence * Double(Calibration.steps))))] += 1
    }
  }
}
