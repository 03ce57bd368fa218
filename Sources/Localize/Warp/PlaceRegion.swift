// A rectangle of places in a plane: where a difference lies inside the picture.

/// A rectangle of places, row after row.
struct PlaceRegion: Sendable {
  let rows, columns: Range<Int>
  /// Places in a row of the plane.
  let width: Int

  /// Where taps with these offsets lie inside a plane.
  init(_ taps: GradientLaw.Taps, height: Int, width: Int) {
    func inside(_ offsets: [Int], _ size: Int) -> Range<Int> {
      let (low, high) = (max(0, -(offsets.min() ?? 0)), size - max(0, offsets.max() ?? 0))
      return low..<max(low, high)
    }
    rows = inside(taps.map(\.dy), height)
    columns = inside(taps.map(\.dx), width)
    self.width = width
  }

  /// Calls `body` with every place.
  @inline(__always)
  func forEachPlace(_ body: (Int) -> Void) {
    guard !columns.isEmpty else { return }
    for row in rows {
      let first = row &* width
      for place in first &+ columns.lowerBound..<first &+ columns.upperBound { body(place) }
    }
  }
}
