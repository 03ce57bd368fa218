// How thinly one point's surroundings are settled: the arithmetic of D1 to D3, without any sampling.
//
// Sources: Ramaswamy 2000 (k-distance); Schubert, Zimek and Kriegel 2014 (SLOF); Levina and Bickel 2004, Amsaleg 2015
// (local intrinsic dimension); Anderberg et al., SDM 2024 (DAO); on CLIP, 2502.01385. Definitions are the corrected
// ones of detection.md D1 to D3: the k-th *other* point, the same k above and below the line, indices in the original
// frame, self in no list, the logarithms of DAO and SLOF averaged, and duplicates called undefined rather than most
// suspicious, as that paper's code does.

import Glibc
import Tensors

/// Neighbour statistics of one point against a reference set.
struct PointDensity: Equatable {
  /// The distance to the k-th nearest other point.
  var kDistance: Double
  /// The mean ratio of the point's k-distance to those of its neighbours; 0 in a duplicate group.
  var slof: Double
  /// The mean logarithm of those ratios; 0 in a duplicate group.
  var logSLOF: Double
  /// The same with each logarithm times the neighbour's local intrinsic dimension; 0 in a duplicate group.
  var logDAO: Double
  /// The local intrinsic dimension; not a number where too few neighbours stand apart from the point, or too few are
  /// known.
  var dimension: Double
  /// Whether more than k points coincide with the point: its ratios mean nothing.
  var isDuplicate: Bool
}

/// The maximum-likelihood estimate of the local intrinsic dimension, -(k - 1) / sum over j < k of ln(r_j / r_k).
///
/// Distances of at most `floor` carry no information and are left out; nil where fewer than three others remain of
/// more, or none. Equal distances give infinity, which is for the caller to cap.
///
/// - Parameter squared: The squared distances to the nearest points, the nearest first, r_k² the last.
func localIntrinsicDimension(squared: ArraySlice<Double>, floor: Double) -> Double? {
  guard let last = squared.last, last > floor * floor, last.isFinite else { return nil }
  let informative = squared.dropLast().filter { $0 > floor * floor }
  let wasDropped = informative.count < squared.count - 1
  guard informative.count >= (wasDropped ? 3 : 1) else { return nil }
  let sum = informative.reduce(0) { $0 + 0.5 * log($1 / last) }
  return sum < 0 ? -Double(informative.count) / sum : .infinity
}
