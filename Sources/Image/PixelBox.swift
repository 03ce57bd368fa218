// A rectangle of pixels: where a trigger sits.

/// A rectangle in a picture; it may reach beyond the picture's borders.
public struct PixelBox: Sendable, Hashable, Codable {
  /// Its first row.
  public var y: Int
  /// Its first column.
  public var x: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// A rectangle.
  public init(y: Int, x: Int, height: Int, width: Int) {
    precondition(height >= 0 && width >= 0, "a box cannot have a negative side")
    self.y = y
    self.x = x
    self.height = height
    self.width = width
  }

  /// The form it has in findings.json: [y, x, height, width].
  public var values: [Int] { [y, x, height, width] }

  /// Its rows.
  public var rows: Range<Int> { y..<y + height }
  /// Its columns.
  public var columns: Range<Int> { x..<x + width }

  /// The part of it that lies within a picture; may be empty.
  public func clipped(height: Int, width: Int) -> PixelBox {
    let (rows, columns) = (rows.clamped(to: 0..<height), columns.clamped(to: 0..<width))
    return PixelBox(y: rows.lowerBound, x: columns.lowerBound, height: rows.count, width: columns.count)
  }
}
