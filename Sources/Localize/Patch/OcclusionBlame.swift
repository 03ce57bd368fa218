// Where in a picture the model's answer sits: cover a place, see how much of the label's margin is lost. Windows of a
// quarter of the side at half-window stride, then windows of an eighth around the best one; covered with the mean
// colour of the one-pixel ring around them. Sources: detection.md D17; Zeiler and Fergus, arXiv 1311.2901, section 4.

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
    /// cells x cells values in 0...1.
    var map: [Float]
  }

  let scene: Scene

  /// Blame for a label in one picture.
  func examine(_ picture: PixelImage, label: Int) throws -> Finding {
    let side = max(4, scene.side / 4)
    let whole = Window(y: 0, x: 0, height: scene.height, width: scene.width)
    let coarse = OcclusionBlame.windows(of: side, stride: side / 2, in: whole)
    let coarseDrops = try drops(coarse, in: picture, label: label)
    let best = OcclusionBlame.largest(coarseDrops)
    let small = max(3, scene.side / 8)
    let region = coarse[best].grown(by: small / 2, height: scene.height, width: scene.width)
    let fine = OcclusionBlame.windows(of: small, stride: max(1, small / 2), in: region)
    let fineDrops = try drops(fine, in: picture, label: label)
    return Finding(
      window: coarse[best], drop: coarseDrops[best],
      map: map([(coarse, coarseDrops), (fine, fineDrops)]))
  }

  /// The window of a given size that is blamed most: the best of those that lie about the best window.
  func mostBlamed(height: Int, width: Int, in picture: PixelImage, label: Int) throws -> Window {
    let side = max(4, scene.side / 4)
    let whole = Window(y: 0, x: 0, height: scene.height, width: scene.width)
    let coarse = OcclusionBlame.windows(of: side, stride: side / 2, in: whole)
    let best = coarse[OcclusionBlame.largest(try drops(coarse, in: picture, label: label))]
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
    return windows[OcclusionBlame.largest(try drops(windows, in: picture, label: label))]
  }

  /// The margin lost by each of some changes of a picture.
  func drops(of changed: [PixelImage], from picture: PixelImage, label: Int) throws -> [Float] {
    let cosines = try scene.cosines([picture] + changed)
    func margin(_ row: Int) -> Float {
      let line = Array(cosines[row: row])
      let rival = line.indices.filter { $0 != label }.map { line[$0] }.max() ?? 0
      return line[label] - rival
    }
    let intact = margin(0)
    return changed.indices.map { intact - margin($0 + 1) }
  }

  private func drops(_ windows: [Window], in picture: PixelImage, label: Int) throws -> [Float] {
    try drops(of: windows.map { OcclusionBlame.covered(picture, $0) }, from: picture, label: label)
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

  private static func largest(_ values: [Float]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }
}
