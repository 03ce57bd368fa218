// Pictures by row, read when they are needed: nothing the size of a set is held.

/// Anything that hands out pictures by row.
public protocol PixelSource: Sendable {
  /// Rows.
  var count: Int { get }
  /// The pictures of the given rows, in that order.
  func pictures(_ rows: [Int]) throws -> [PixelImage]
}
