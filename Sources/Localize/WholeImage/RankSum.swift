// Do some scores lie higher than others? Mann and Whitney 1947, by the normal law with midranks, ties and continuity
// corrected. Few scores on either side make the law coarse; it is asked of dozens.

import Glibc
import Tensors

/// The rank-sum test.
enum RankSum {
  /// The one-sided p-value that `scores` exceed `others` by chance; 1 where either side is empty.
  static func pValue(_ scores: [Double], above others: [Double]) -> Double {
    guard !scores.isEmpty, !others.isEmpty else { return 1 }
    let (m, n) = (Double(scores.count), Double(others.count))
    let all = scores + others
    let rankSum = Quantiles.midranks(all).prefix(scores.count).reduce(0, +)
    let statistic = rankSum - m * (m + 1) / 2
    var ties = 0.0
    for group in Dictionary(grouping: all, by: { $0 }).values where group.count > 1 {
      let t = Double(group.count)
      ties += t * t * t - t
    }
    let total = m + n
    let variance = m * n / 12 * (total + 1 - ties / (total * max(total - 1, 1)))
    guard variance > 0 else { return 1 }
    let z = (statistic - m * n / 2 - 0.5) / variance.squareRoot()
    return erfc(z / 2.0.squareRoot()) / 2
  }
}
