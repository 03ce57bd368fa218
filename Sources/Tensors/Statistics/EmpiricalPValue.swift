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
}
