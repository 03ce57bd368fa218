// The best scores of one row so far. A score may be off by a known amount either way, so everything within twice that
// of the k-th best is kept: no true neighbour is ever among what is dropped.

internal import CAssay

/// Candidates of one row, in memory that belongs to the block of rows.
struct CandidateList {
  private let scores: UnsafeMutablePointer<Float>
  let indices: UnsafeMutablePointer<Int32>
  private let k: Int
  private let capacity: Int
  /// Candidates at which the list is shortened: often while it is short, since every time the bound rises.
  private var limit: Int
  private(set) var held = 0
  /// Whether more candidates than there is room for are too close to tell apart: every row is one.
  private(set) var isOverfull = false

  /// Room for candidates when k are asked for.
  static func capacity(for k: Int) -> Int { max(96, 6 * k) }

  init(scores: UnsafeMutablePointer<Float>, indices: UnsafeMutablePointer<Int32>, capacity: Int, k: Int) {
    self.scores = scores
    self.indices = indices
    self.capacity = capacity
    self.k = k
    limit = min(capacity, 2 * k + 16)
  }

  /// Forgets its candidates.
  mutating func clear() {
    held = 0
    isOverfull = false
    limit = min(capacity, 2 * k + 16)
  }

  /// Takes a candidate; when there are many, drops those out of reach.
  ///
  /// - Returns: the new bound below which scores are out, if there is one.
  mutating func insert(_ score: Float, _ index: Int32, window: Float) -> Float? {
    guard !isOverfull else { return nil }
    scores[held] = score
    indices[held] = index
    held &+= 1
    guard held == limit else { return nil }
    let bound = shorten(window: window)
    limit = max(2 * k + 16, held + k)
    guard limit > capacity else { return bound }
    isOverfull = true
    return .infinity
  }

  /// Drops what lies more than `window` below the k-th best and returns where that is.
  @discardableResult
  mutating func shorten(window: Float) -> Float {
    guard held > k else { return -.greatestFiniteMagnitude }
    var bound: Float = 0
    held = assay_keep_best(scores, indices, held, k, window, &bound)
    return bound
  }
}
