// What a change of tones does to a picture and its contents do not: how the three channels go together. A tint, a gain, a
// curve or a mixture of channels moves the mean and the spread of colours, but pictures differ in those anyway; it also
// moves the ratio of the channels' gradients, their correlation, and the gradients in dark and bright places, which are
// much alike in all natural pictures.

import Glibc
import Image

/// The colour statistics of a picture.
struct ToneFeatures: Sendable {
  /// Shares of pixels whose values are told.
  static let quantiles = [0.02, 0.1, 0.5, 0.9, 0.98]
  /// Numbers a picture.
  static let count = 3 + 3 + 3 + 3 + 3 * quantiles.count + 6
  /// Energy of rounding.
  private static let floor = 2.0
  /// Places darker and brighter than these are told apart.
  private static let (dark, bright) = (85, 170)

  /// Mean colour, spread of opponent colours, energies of gradients, their correlations, quantiles of each channel,
  /// gradients in dark and in bright places.
  let values: [Double]
  /// Pixels by value [3 x 256].
  let counts: [Float]
  /// Mean colours and their products [3 + 9].
  let moments: [Double]

  /// The statistics of a picture.
  init(_ picture: PixelImage) {
    let counts = ToneFeatures.counts(picture)
    let moments = ToneFeatures.moments(picture)
    let steps = Gradients(picture)
    let quantiles = (0..<3).flatMap { ToneFeatures.quantiles(of: counts[$0 * 256..<($0 + 1) * 256]) }
    values =
      Array(moments.prefix(3)) + ToneFeatures.spreads(moments) + steps.energies + steps.correlations
      + quantiles + steps.byBrightness
    self.counts = counts
    self.moments = moments
  }

  private static func counts(_ picture: PixelImage) -> [Float] {
    var counts = [Float](repeating: 0, count: 768)
    for at in stride(from: 0, to: picture.pixels.count, by: 3) {
      for channel in 0..<3 { counts[channel &* 256 &+ Int(picture.pixels[at &+ channel])] += 1 }
    }
    return counts
  }

  private static func moments(_ picture: PixelImage) -> [Double] {
    var (sums, products) = (SIMD3<Int>(), [SIMD3<Int>](repeating: SIMD3(), count: 3))
    for at in stride(from: 0, to: picture.pixels.count, by: 3) {
      let color = SIMD3(
        Int(picture.pixels[at]), Int(picture.pixels[at + 1]), Int(picture.pixels[at + 2]))
      sums &+= color
      for channel in 0..<3 { products[channel] &+= color[channel] &* color }
    }
    let places = Double(picture.height * picture.width)
    return (0..<3).map { Double(sums[$0]) / places }
      + products.flatMap { row in (0..<3).map { Double(row[$0]) / places } }
  }

  /// Logarithms of the opponent colours' deviations.
  private static func spreads(_ moments: [Double]) -> [Double] {
    SpectralGrid.opponents.map { weights in
      var variance = 0.0
      for a in 0..<3 {
        for b in 0..<3 {
          let covariance = moments[3 + a * 3 + b] - moments[a] * moments[b]
          variance += Double(weights[a]) * Double(weights[b]) * covariance
        }
      }
      return log(max(0, variance).squareRoot() + floor)
    }
  }

  /// Values that shares of the pixels do not exceed.
  private static func quantiles(of counts: ArraySlice<Float>) -> [Double] {
    let last = Double(counts.reduce(0, +)) - 1
    return quantiles.map { share in
      var rank = (last * share).rounded()
      for (value, count) in counts.enumerated() {
        rank -= Double(count)
        if rank < 0 { return Double(value) }
      }
      return 255
    }
  }

  /// Sums over the gradients of a picture.
  private struct Gradients {
    private var products = [SIMD3<Int>](repeating: SIMD3(), count: 3)
    private var (dark, bright) = (SIMD3<Int>(), SIMD3<Int>())
    private var (darkCount, brightCount) = (SIMD3<Int>(), SIMD3<Int>())
    private var count = 0

    init(_ picture: PixelImage) {
      let width = picture.width
      picture.pixels.withUnsafeBufferPointer { pixels in
        func color(_ place: Int) -> SIMD3<Int> {
          SIMD3(
            Int(pixels[place &* 3]), Int(pixels[place &* 3 &+ 1]), Int(pixels[place &* 3 &+ 2]))
        }
        for y in 0..<picture.height - 1 {
          for place in y * width..<(y + 1) * width - 1 {
            let here = color(place)
            add(here, color(place + 1))
            add(here, color(place + width))
          }
        }
      }
    }

    @inline(__always)
    private mutating func add(_ a: SIMD3<Int>, _ b: SIMD3<Int>) {
      let (step, sum) = (b &- a, a &+ b)
      count += 1
      for channel in 0..<3 { products[channel] &+= step[channel] &* step }
      let squares = step &* step
      let (isDark, isBright) = (
        sum .< SIMD3(repeating: 2 * ToneFeatures.dark), sum .> SIMD3(repeating: 2 * ToneFeatures.bright)
      )
      dark.replace(with: dark &+ squares, where: isDark)
      bright.replace(with: bright &+ squares, where: isBright)
      darkCount.replace(with: darkCount &+ 1, where: isDark)
      brightCount.replace(with: brightCount &+ 1, where: isBright)
    }

    private func product(_ a: Int, _ b: Int) -> Double { Double(products[a][b]) / Double(max(1, count)) }
    private func energy(_ channel: Int) -> Double { product(channel, channel) + floor }

    /// Red and blue against green, and green itself.
    var energies: [Double] { [log(energy(0) / energy(1)), log(energy(2) / energy(1)), log(energy(1))] }

    /// Fisher's transform of the channels' correlations.
    var correlations: [Double] {
      [(0, 1), (1, 2), (0, 2)].map { a, b in
        let value = product(a, b) / (energy(a) * energy(b)).squareRoot()
        return atanh(min(max(value, -0.999), 0.999))
      }
    }

    /// Gradients in dark and bright places against all; few such places say little.
    var byBrightness: [Double] {
      (0..<3).flatMap { channel -> [Double] in
        let all = energy(channel)
        return [(dark, darkCount), (bright, brightCount)].map { sums, counts in
          log((Double(sums[channel]) + 20 * all) / (Double(counts[channel]) + 20) / all)
        }
      }
    }
  }
}
