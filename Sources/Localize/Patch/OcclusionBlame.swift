// Where in a picture the model's answer sits: cover a place, see how much of the label's margin is lost. Windows of a
// quarter of the side at half-window stride; where covering one of them alone makes the model leave the label, also
// windows of an eighth around it. Covered with the mean colour of the one-pixel ring around them.
// Sources: detection.md D17; Zeiler and Fergus, arXiv 1311.2901, section 4.

import Image
import Tensors

/// Measures blame by occlusion.
struct OcclusionBlame: Sendable {
  /// Cells a side of a blame map.
  static let cells = 16

  /// The most-blamed window of one picture, and the map.
  struct Finding: Sendable {
    /// The window of a quarter of the side whose covering costs the most margin.
    var window: Window
    /// The margin it costs.
    var drop: Float
    /// Whether covering it makes the model leave the label.
    var isDecisive: Bool
    /// cells x cells values in 0...1.
    var map: [Float]
  }

  let scene: Scene

  /// Blame for a label in one picture.
  func examine(_ picture: PixelImage, label: Int) throws -> Finding {
    let windows = coarseWindows()
    let margins = try margins(windows, in: picture, label: label)
    let best = OcclusionBlame.smallest(margins.covered)
    let isDecisive = margins.covered[best] < 0 && margins.intact >= 0
    var scales = [(windows, margins.drops)]
    if isDecisive {
      let side = max(3, scene.side / 8)
      let region = windows[best].grown(by: side / 2, height: scene.height, width: scene.width)
      let fine = OcclusionBlame.windows(of: side, stride: max(1, side / 2), in: region)
      scales.append((fine, try self.margins(fine, in: picture, label: label).drops))
    }
    return Finding(
      window: windows[best], drop: margins.drops[best], isDecisive: isDecisive, map: map(scales))
  }

  /// The window of a given size that is blamed most: the best of those that lie about the best window.
  func mostBlamed(height: Int, width: Int, in picture: PixelImage, label: Int) throws -> Window {
    let coarse = coarseWindows()
    let best = coarse[OcclusionBlame.smallest(try margins(coarse, in: picture, label: label).covered)]
    func starts(_ from: Int, _ length: Int, _ size: Int, _ limit: Int) -> [Int] {
      let low = min(max(0, min(from, from + length - size) - size / 2), limit - size)
      let high = max(low, min(limit - size, max(from, from + length - size) + size / 2))
      let steps = min(4, high - low)
      return steps == 0 ? [low] : (0...steps).map { low + (high - low) * $0 / steps }
    }
    var windows: [Window] = []
    for y in starts(best.y, best.height, height, scene.height) {
      for x in starts(best.x, best.width, width, scene.width) {
        windows.append(Window(y: y, x: x, height: height, width: width))
      }
    }
    return windows[OcclusionBlame.smallest(try margins(windows, in: picture, label: label).covered)]
  }

  /// A label's margin over its best rival in a picture, intact and with each of some changes.
  struct Margins: Sendable {
    /// Of the picture as it is.
    var intact: Float
    /// Of each change.
    var covered: [Float]
    /// What each change costs.
    var drops: [Float] { covered.map { intact - $0 } }
  }

  /// The margins of a picture and of changes of it.
  func margins(_ picture: PixelImage, changed: [PixelImage], label: Int) throws -> Margins {
    let cosines = try scene.cosines([picture] + changed)
    let margins = (0..<cosines.rows).map { row -> Float in
      let line = Array(cosines[row: row])
      let rival = line.indices.filter { $0 != label }.map { line[$0] }.max() ?? 0
      return line[label] - rival
    }
    return Margins(intact: margins[0], covered: Array(margins.dropFirst()))
  }

  private func margins(_ windows: [Window], in picture: PixelImage, label: Int) throws -> Margins {
    try margins(picture, changed: windows.map { OcclusionBlame.covered(picture, $0) }, label: label)
  }

  /// Windows of a quarter of the side over the whole picture.
  private func coarseWindows() -> [Window] {
    let side = max(4, scene.side / 4)
    let whole = Window(y: 0, x: 0, height: scene.height, width: scene.width)
    return OcclusionBlame.windows(of: side, stride: side / 2, in: whole)
  }

  /// Windows of one side over a region, the last ones flush with its edge.
  static func windows(of side: Int, stride step: Int, in region: Window) -> [Window] {
    func starts(_ from: Int, _ length: Int) -> [Int] {
      let last = from + max(0, length - side)
      let regular = Array(stride(from: from, through: last, by: max(1, step)))
      return regular.last == last ? regular : regular + [last]
    }
    let (height, width) = (min(side, region.height), min(side, region.width))
    return starts(region.y, region.height).flatMap { y in
      starts(region.x, region.width).map { Window(y: y, x: $0, height: height, width: width) }
    }
  }

  /// A picture with a window covered by the mean colour of the ring around it.
  static func covered(_ picture: PixelImage, _ window: Window) -> PixelImage {
    let outer = window.grown(by: 1, height: picture.height, width: picture.width)
    var sums = [0, 0, 0]
    var count = 0
    for y in outer.y..<outer.y + outer.height {
      for x in outer.x..<outer.x + outer.width where !window.contains(y, x) {
        for channel in 0..<3 { sums[channel] += Int(picture.pixels[picture.offset(y, x) + channel]) }
        count += 1
      }
    }
    let color = sums.map { count == 0 ? UInt8(128) : UInt8(($0 + count / 2) / count) }
    var result = picture
    for y in window.y..<window.y + window.height {
      for x in window.x..<window.x + window.width {
        for channel in 0..<3 { result.pixels[picture.offset(y, x) + channel] = color[channel] }
      }
    }
    return result
  }

  /// The mean drop of the windows over each cell, scale by scale, relative to the largest.
  private func map(_ scales: [(windows: [Window], drops: [Float])]) -> [Float] {
    let cells = OcclusionBlame.cells
    var total = [Float](repeating: 0, count: cells * cells)
    for (windows, drops) in scales {
      for cell in total.indices {
        let y = (2 * (cell / cells) + 1) * scene.height / (2 * cells)
        let x = (2 * (cell % cells) + 1) * scene.width / (2 * cells)
        let over = windows.indices.filter { windows[$0].contains(y, x) }
        guard !over.isEmpty else { continue }
        total[cell] += over.map { max(0, drops[$0]) }.reduce(0, +) / Float(over.count)
      }
    }
    let largest = total.max() ?? 0
    return largest > 0 ? total.map { $0 / largest } : total
  }

  private static func smallest(_ values: [Float]) -> Int {
    var best = 0
    for index in values.indices where values[index] < values[best] { best = index }
    return best
  }
}
