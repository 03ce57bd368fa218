// Which of the pixels that rows agree on belong together: a trigger is one piece, chance agreement is scattered.

/// Groups pixels of a window.
enum PixelGrouping {
  /// Pixels this far apart still belong to one piece, so that a pattern may have holes of one pixel.
  static let reach = 2

  /// The pixels connected with the core window, or none.
  static func component(_ isSet: [Bool], height: Int, width: Int, near core: Window) -> [Bool] {
    var member = [Bool](repeating: false, count: isSet.count)
    var pending: [Int] = []
    for y in core.y..<core.y + core.height {
      for x in core.x..<core.x + core.width where isSet[y * width + x] {
        member[y * width + x] = true
        pending.append(y * width + x)
      }
    }
    while let pixel = pending.popLast() {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      for ny in max(0, y - reach)...min(height - 1, y + reach) {
        for nx in max(0, x - reach)...min(width - 1, x + reach) {
          let next = ny * width + nx
          guard isSet[next], !member[next] else { continue }
          member[next] = true
          pending.append(next)
        }
      }
    }
    return member
  }
}
