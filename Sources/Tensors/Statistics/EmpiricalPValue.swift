// From scores to p-values by counting clean scores, and from dependent p-values to one. Never average raw scores of
// different detectors. Sources: detection.md D7; Bates et al. 2023 (conformal p-values); Liu and Xie 2020 (Cauchy).

import Glibc

/// P-values by comparison with clean scores.
public enum EmpiricalPValue {
  /// (1 + clean scores at least as large) / (1 + clean scores) for each score: valid for any law of scores.
  ///
  /// Ties count against the clean scores, which is conservative. Clean scores that are not a number are left out; a
  /// score that is not a number stays so. Complexity: O((n + m) log m) for n scores and m clean ones.
  public static func conformal(_ scores: [Float], clean: [Float]) -> [Double] {
    let sorted = clean.filter { !$0.isNaN }.sorted()
    return scores.map { score in
      guard !score.isNaN else { return .nan }
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] < score { low = middle + 1 } else { high = middle }
      }
      return Double(1 + sorted.count - low) / Double(1 + sorted.count)
    }
  }

  /// One p-value from several that may depend on each other: 1/2 - arctan(mean tan((1/2 - p) π)) / π.
  ///
  /// Values are kept within 1e-15...0.999, since a single 1 would outweigh everything.
  public static func cauchyCombination(_ pValues: [Double]) -> Double {
    precondition(!pValues.isEmpty, "a combination needs a p-value")
    let total = pValues.reduce(0) { $0 + tan((0.5 - min(max($1, 1e-15), 0.999)) * .pi) }
    let mean = total / Double(pValues.count)
    // arctan(x) = π/2 - arctan(1/x): the direct form would cancel to 0 for the smallest p-values.
    return mean > 1 ? atan(1 / mean) / .pi : 0.5 - atan(mean) / .pi
  }
}
