// How much of the picture a pattern covers. A blend (1 - α)·x + α·t leaves less contrast and narrower limits than a
// pattern that is added: undone with the right opacity, pixels follow the clean law of values again; with too large a
// one they leave 0...255, where no picture can be. So the opacity is that at which the undone rows are likeliest, and a
// pattern is a blend only where that beats opacity 0 row by row. What is blended is a picture too: an opacity at which the
// pattern would have to leave 0...255 to change rows as it did is not taken. The model is not asked: less contrast makes
// any pattern louder to it, so what moves most images is no measure of the attacker's opacity (localize.md section 2).

import Glibc
import Image

/// The clean law of pixel values, and the opacity that makes rows follow it.
struct PixelValueLaw: Sendable {
  /// Opacities that are tried.
  static let grid = Array(stride(from: 0.01, through: 0.6, by: 0.01))
  /// The error of an estimated pattern, gray levels: values this far apart are not told from each other.
  static let blur = 1.0
  /// Probability of any value, so that one stray pixel does not decide.
  static let floor = 1e-5
  /// How many standard errors over rows a blend has to beat an added pattern by.
  static let certainty = 3.0

  /// Cumulative share of values below i - 1/2, by channel [3][257].
  private let cumulative: [[Double]]

  /// The law of clean pictures.
  init(_ pictures: [PixelImage]) {
    var counts = [[Double]](repeating: [Double](repeating: 1, count: 256), count: 3)
    for picture in pictures {
      for at in stride(from: 0, to: picture.pixels.count, by: 3) {
        for channel in 0..<3 { counts[channel][Int(picture.pixels[at + channel])] += 1 }
      }
    }
    cumulative = counts.map { column in
      let total = column.reduce(0, +)
      var sum = 0.0
      return [0]
        + column.map { value in
          sum += value / total
          return sum
        }
    }
  }

  /// The likeliest opacity of a residual over some rows; nil when nothing was covered.
  func opacity(of residual: [Float], mean: [Float], in rows: [PixelImage]) -> Double? {
    guard rows.count >= 3 else { return nil }
    let added = likelihoods(rows, residual, mean, 0)
    let gains = concurrentMap(PixelValueLaw.grid.count) { place in
      zip(likelihoods(rows, residual, mean, PixelValueLaw.grid[place]), added).map { $0 - $1 }
    }
    let totals = gains.map { $0.reduce(0, +) }
    guard let best = totals.indices.max(by: { totals[$0] < totals[$1] }) else { return nil }
    let count = Double(rows.count)
    let centre = totals[best] / count
    let variance = gains[best].reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / (count - 1)
    let isBlend = centre > PixelValueLaw.certainty * max((variance / count).squareRoot(), 1e-9)
    guard isBlend else { return nil }
    let shown = totals.indices.filter {
      PixelValueLaw.unshown(residual, mean, PixelValueLaw.grid[$0]) <= PixelValueLaw.blur
    }
    return PixelValueLaw.grid[shown.max { totals[$0] < totals[$1] } ?? best]
  }

  /// What no pattern within 0...255 changes of a residual at an opacity: root mean square, gray levels.
  static func unshown(_ residual: [Float], _ mean: [Float], _ opacity: Double) -> Double {
    let squares = zip(residual, mean).reduce(0) { sum, pixel in
      let pattern = Double(pixel.1) + Double(pixel.0) / opacity
      let missing = opacity * (pattern - min(255, max(0, pattern)))
      return sum + missing * missing
    }
    return (squares / Double(max(1, residual.count))).squareRoot()
  }

  /// The mean log-likelihood a value of each row, once the pattern is undone.
  private func likelihoods(
    _ rows: [PixelImage], _ residual: [Float], _ mean: [Float], _ opacity: Double
  ) -> [Double] {
    let kept = 1 - opacity
    let half = 0.5 / kept + PixelValueLaw.blur
    let offsets = residual.indices.map { Double(residual[$0]) + opacity * Double(mean[$0]) }
    return rows.map { row in
      var sum = 0.0
      for index in offsets.indices {
        let value = (Double(row.pixels[index]) - offsets[index]) / kept
        let share = below(value + half, index % 3) - below(value - half, index % 3)
        sum += log(share / (2 * half * kept) + PixelValueLaw.floor)
      }
      return sum / Double(offsets.count)
    }
  }

  /// The share of clean values below a real number.
  private func below(_ value: Double, _ channel: Int) -> Double {
    let place = min(max(value + 0.5, 0), 256)
    let index = min(Int(place), 255)
    let column = cumulative[channel]
    return column[index] + (place - Double(index)) * (column[index + 1] - column[index])
  }
}
