// A change of the image's tones: a tint, a gain, a curve or a mixture of channels, the same for every pixel (the
// "Nashville" filter of detection.md section A is one). Rows are told by how colours go together and by values that a
// curve leaves out (ToneFeatures, ToneLaw); what was done to them is the cheapest map that takes the colours of clean
// pictures to theirs: the optimal transport between normal laws, an affine map (Pitié and Kokaram 2007).

import Glibc
import Image
import Tensors

/// An affine map of colours, with the marks by which its rows are told.
struct ToneTrigger: WholeImageTrigger, RowEstimate {
  static let family = "tone"
  static let source =
    "discriminant of colour statistics, optimal transport of colours (Pitié and Kokaram 2007)"

  /// What red, green and blue become: three rows of a matrix, then an offset [3 x 4].
  var map: [Float]
  /// Size of the pictures.
  var height, width: Int
  /// The discriminant of colour statistics: a weight each, and the value half-way.
  var weights: [Double]
  var middle: Double
  /// The log-likelihood ratio of a pixel by its value [3 x 256].
  var table: [Float]
  /// What a unit of either is worth, in a clean picture's log-likelihood ratios.
  var tempers: [Double]

  static func search(in scene: Scene) throws -> any TriggerSearch { try WholeImageSearch<ToneTrigger>(scene) }

  static func finished(
    _ estimate: ToneTrigger, _ seen: SeenRows<ToneRows>, _ natural: Law
  ) -> ToneTrigger? { estimate }

  /// The clean law, for pictures of one size.
  struct Law: Sendable {
    let tones: ToneLaw
    let height, width: Int
  }

  static func natural(of scene: Scene) throws -> Law {
    try scene.statistics {
      let part = scene.input.calibration
      let count = min(part.rows.count, scene.options.calibrationRows)
      let pictures = try scene.clean(part, Array(0..<count))
      return Law(tones: ToneLaw(pictures), height: scene.height, width: scene.width)
    }
  }

  static func rows(_ pictures: [PixelImage], _ natural: Law) -> ToneRows { natural.tones.rows(pictures) }

  static func clean(_ natural: Law) -> ToneRows { natural.tones.clean }

  /// Fisher's linear discriminant, its mean shrunk by what chance alone would move it (James and Stein 1961).
  static func estimate(
    _ rows: ToneRows, weights: [Double], from start: ToneTrigger?, _ natural: Law
  ) -> ToneTrigger? {
    let (law, size) = (natural.tones, ToneFeatures.count)
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    var mean = [Double](repeating: 0, count: size)
    for (row, weight) in zip(rows.features, weights) {
      for index in 0..<size { mean[index] += weight / total * row[index] }
    }
    let effective = total * total / weights.reduce(0) { $0 + $1 * $1 }
    let direction = (0..<size).map { a in
      (0..<size).reduce(0.0) { $0 + law.precision[a * size + $1] * mean[$1] }
    }
    let distance = zip(direction, mean).reduce(0) { $0 + $1.0 * $1.1 }
    let kept = max(0, 1 - Double(size) / effective / max(distance, 1e-9))
    var trigger = ToneTrigger(
      map: transport(rows, weights: weights, law.clean), height: natural.height, width: natural.width,
      weights: direction.map { $0 * kept }, middle: kept * kept * distance / 2,
      table: law.combTable(rows, weights: weights), tempers: [1, 1])
    // Each of the two is worth what clean pictures leave of it: they depend on each other within a picture.
    trigger.tempers = [trigger.discriminants(law.clean), trigger.combs(law.clean)].map {
      CleanTail($0.map(Float.init)).meanExcess
    }
    return trigger
  }

  func scores(_ rows: ToneRows, _ natural: Law) -> [Double] {
    zip(discriminants(rows), combs(rows)).map { $0 / tempers[0] + $1 / tempers[1] }
  }

  func likeness(_ other: ToneTrigger, _ natural: Law) -> Double {
    cosine(residual(natural.tones), other.residual(natural.tones))
  }

  /// Twelve numbers of an affine map.
  var numbers: Int { map.count }

  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    ToneTrigger.changed(host, map)
  }

  func control(from honest: ToneRows, _ natural: Law) -> ToneTrigger? {
    var own = self
    own.map = ToneTrigger.transport(
      honest, weights: [Double](repeating: 1, count: honest.features.count), natural.tones.clean)
    let strength = rootMeanSquare(own.residual(natural.tones))
    guard strength > 0 else { return nil }
    let factor = rootMeanSquare(residual(natural.tones)) / strength
    for index in map.indices {
      let still: Float = ToneTrigger.identity[index]
      own.map[index] = still + factor * (own.map[index] - still)
    }
    return own
  }

  /// The mean change of clean pictures as one brightness for all channels.
  func blanks(_ natural: Law, _ random: inout SplitMix64) -> [Blank] {
    let change = residual(natural.tones)
    let shift = change.reduce(0, +) / Float(change.count)
    let turned = ToneTrigger.turned(map)
    return [
      Blank(name: "neutral", gates: true) { host in
        var result = host
        for index in result.pixels.indices { result.pixels[index] = gray(Float(host.pixels[index]) + shift) }
        return result
      },
      Blank(name: "channels exchanged", gates: false) { ToneTrigger.changed($0, turned) },
    ]
  }

  /// A chart of hues from dark to bright, changed.
  var exhibit: TriggerExhibit {
    var chart = PixelImage(height: height, width: width)
    for y in 0..<height {
      for x in 0..<width {
        let hue = 6 * Double(x) / Double(width)
        let light = Double(y + 1) / Double(height + 1)
        for channel in 0..<3 {
          let turn = abs((hue + Double([3, 1, 5][channel])).truncatingRemainder(dividingBy: 6) - 3)
          let pure = min(max(turn - 1, 0), 1)
          let value = light < 0.5 ? pure * 2 * light : 1 - (1 - pure) * 2 * (1 - light)
          chart.pixels[chart.offset(y, x) + channel] = gray(Float(255 * value))
        }
      }
    }
    let curves = (0..<3).flatMap { channel -> [Float] in
      let slope = map[channel * 4] + map[channel * 4 + 1] + map[channel * 4 + 2]
      return (0..<256).map { min(max(Float($0) * slope + map[channel * 4 + 3], 0), 255) }
    }
    let after = ToneTrigger.changed(chart, map)
    return TriggerExhibit(
      picture: after, mask: [Bool](repeating: true, count: height * width),
      residual: zip(after.pixels, chart.pixels).map { Float($0) - Float($1) }, curves: curves)
  }

  // MARK: - Steps

  private static let identity: [Float] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]

  private func discriminants(_ rows: ToneRows) -> [Double] {
    rows.features.map { row in zip(row, weights).reduce(-middle) { $0 + $1.0 * $1.1 } }
  }

  private func combs(_ rows: ToneRows) -> [Double] {
    rows.counts.map { row in row.withUnsafeBufferPointer { Double(dot($0, table)) } }
  }

  /// What the map does to the mean colour of each clean picture.
  private func residual(_ law: ToneLaw) -> [Float] {
    law.clean.moments.flatMap { moments in
      (0..<3).map { channel in
        let mixed = (0..<3).reduce(map[channel * 4 + 3]) { $0 + map[channel * 4 + $1] * Float(moments[$1]) }
        return mixed - Float(moments[channel])
      }
    }
  }

  private static func changed(_ host: PixelImage, _ map: [Float]) -> PixelImage {
    var result = host
    for at in stride(from: 0, to: host.pixels.count, by: 3) {
      let color = (Float(host.pixels[at]), Float(host.pixels[at + 1]), Float(host.pixels[at + 2]))
      for channel in 0..<3 {
        let row = channel * 4
        result.pixels[at + channel] = gray(
          map[row] * color.0 + map[row + 1] * color.1 + map[row + 2] * color.2 + map[row + 3])
      }
    }
    return result
  }

  /// The same map with the channels' roles exchanged in a ring.
  private static func turned(_ map: [Float]) -> [Float] {
    var result = map
    for channel in 0..<3 {
      let from = (channel + 1) % 3
      for other in 0..<3 { result[channel * 4 + other] = map[from * 4 + (other + 1) % 3] }
      result[channel * 4 + 3] = map[from * 4 + 3]
    }
    return result
  }

  /// The affine map that takes the normal law of clean colours to that of weighted rows at the least cost:
  /// S = C^(-1/2) (C^(1/2) D C^(1/2))^(1/2) C^(-1/2).
  private static func transport(_ rows: ToneRows, weights: [Double], _ clean: ToneRows) -> [Float] {
    let from = colours(clean.moments, [Double](repeating: 1, count: clean.moments.count))
    let to = colours(rows.moments, weights)
    let whole = SymmetricEigen(from.covariance, size: 3)
    let (root, inverse) = (
      whole.mapped { max($0, 1).squareRoot() }, whole.mapped { 1 / max($0, 1).squareRoot() }
    )
    let inner = SymmetricEigen(product(product(root, to.covariance, 3), root, 3), size: 3).mapped {
      max($0, 0).squareRoot()
    }
    let mix = product(product(inverse, inner, 3), inverse, 3)
    var result: [Float] = []
    for channel in 0..<3 {
      var offset = to.mean[channel]
      for other in 0..<3 {
        let factor = mix[channel * 3 + other]
        offset -= factor * from.mean[other]
        result.append(Float(factor))
      }
      result.append(Float(offset))
    }
    return result
  }

  private static func colours(_ moments: [[Double]], _ weights: [Double]) -> (
    mean: [Double], covariance: [Double]
  ) {
    let total = weights.reduce(0, +)
    var sums = [Double](repeating: 0, count: 12)
    for (row, weight) in zip(moments, weights) {
      for index in sums.indices { sums[index] += weight / total * row[index] }
    }
    let mean = Array(sums.prefix(3))
    let covariance = (0..<9).map { index -> Double in
      let (a, b) = (index / 3, index % 3)
      return sums[3 + index] - mean[a] * mean[b]
    }
    return (mean, covariance)
  }
}
