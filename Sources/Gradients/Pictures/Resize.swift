// Pictures in another size, with the way back: Pillow's bicubic filter (a = −0.5, widened when it shrinks), without its
// rounding to bytes. Held to PyTorch's interpolate with antialias (Fixtures/golden/repair/operations.py, pictures).

extension Tape {
  /// Pictures [items, height, width, channels] in another height and width.
  public func resized(_ x: Variable, height: Int, width: Int) -> Variable {
    let (items, rows, columns, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let down = Taps(from: rows, to: height)
    let across = Taps(from: columns, to: width)
    // First rows, each a long line of columns and channels; then columns.
    let middle = weighed(
      x, down, shape: [items, height, columns, channels], outer: items, inner: columns * channels)
    return weighed(
      middle, across, shape: [items, height, width, channels], outer: items * height, inner: channels)
  }

  /// Sums over one extent with fixed weights.
  private func weighed(_ x: Variable, _ taps: Taps, shape: [Int], outer: Int, inner: Int) -> Variable {
    let y = result(shape, of: x)
    let (from, to) = (taps.count, taps.weights.count)
    y.pointer.update(repeating: 0, count: y.count)
    for block in 0..<outer {
      for (place, row) in taps.weights.enumerated() {
        let out = y.pointer + (block * to + place) * inner
        for (step, weight) in row.values.enumerated() {
          let source = x.pointer + (block * from + row.first + step) * inner
          for index in 0..<inner { out[index] += weight * source[index] }
        }
      }
    }
    record("resize", y) { dy in
      let dx = x.accumulateZeroed()
      for block in 0..<outer {
        for (place, row) in taps.weights.enumerated() {
          let arrived = dy + (block * to + place) * inner
          for (step, weight) in row.values.enumerated() {
            let target = dx + (block * from + row.first + step) * inner
            for index in 0..<inner { target[index] += weight * arrived[index] }
          }
        }
      }
    }
    return y
  }

  /// What each place of a resized line is made of.
  private struct Taps {
    let count: Int
    var weights: [(first: Int, values: [Float])] = []

    init(from: Int, to: Int) {
      count = from
      let scale = Double(from) / Double(to)
      let stretch = max(1, scale)
      for place in 0..<to {
        let center = (Double(place) + 0.5) * scale
        let first = max(0, Int(center - 2 * stretch + 0.5))
        let end = min(from, Int(center + 2 * stretch + 0.5))
        let values = (first..<max(first + 1, end)).map { Taps.cubic((Double($0) - center + 0.5) / stretch) }
        let sum = values.reduce(0, +)
        weights.append((first, values.map { Float($0 / sum) }))
      }
    }

    /// Keys' cubic with a = −0.5.
    private static func cubic(_ distance: Double) -> Double {
      let x = abs(distance)
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    }
  }
}
