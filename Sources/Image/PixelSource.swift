// Pictures by row, read when they are needed: nothing the size of a set is held.

/// Anything that hands out pictures by row.
public protocol PixelSource: Sendable {
  /// Rows.
  var count: Int { get }
  /// The pictures of the given rows, in that order.
  func pictures(_ rows: [Int]) throws -> [PixelImage]
}

extension PixelSource {
  /// The digest of every picture's pixels, a few pictures at a time.
  ///
  /// - Parameter progress: called with the number of pictures done before each few; throw from it to stop.
  public func pixelDigests(progress: (Int) throws -> Void = { _ in }) throws -> [String] {
    try stride(from: 0, to: count, by: 16).flatMap { start in
      try progress(start)
      return try pictures(Array(start..<min(count, start + 16))).map(\.pixelDigest)
    }
  }
}
