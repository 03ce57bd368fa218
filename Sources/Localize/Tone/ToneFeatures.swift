// What a change of tones does to a picture and its contents do not: how the three channels go together. A tint, a gain, a
// curve or a mixture of channels moves the mean and the spread of colours, but pictures differ in those anyway; it also
// moves the ratio of the channels' gradients, their correlation, and the gradients in dark and bright places, which are
// much alike in all natural pictures.

import Glibc
import Image

/// The colour statistics of a picture.
enum ToneFeatures {
  /// Shares of pixels whose values are told.
  static let quantiles = [0.02, 0.1, 0.5, 0.9, 0.98]
  /// Numbers a picture.
  static let count = 3 + 3 + 3 + 3 + 3 * quantiles.count + 6
  /// Energy of rounding.
  private static let floor = 2.0

  /// The statistics of a picture: mean colour, spread of opponent colours, energies of gradients, their correlations,
  /// quantiles of each channel, gradients in dark and in bright places.
  static func of(_ picture: PixelImage) -> [Double] {
    let places = picture.height * picture.width
    let channels = (0..<3).map { channel in (0..<places).map { Double(picture.pixels[$0 * 3 + channel]) } }
    let means = channels.map { $0.reduce(0, +) / Double(places) }
    let spreads = SpectralGrid.opponents.map { weights -> Double in
      var (sum, squares) = (0.0, 0.0)
      for place in 0..<places {
        let value = (0..<3).reduce(0.0) { $0 + Double(weights[$1]) * channels[$1][place] }
        sum += value
        squares += value * value
      }
      return log(max(0, squares / Double(places) - sum * sum / Double(places * places)).squareRoot() + floor)
    }
    let steps = Gradients(channels, picture.height, picture.width)
    let quantiles = channels.map { channel -> [Double] in
      let sorted = channel.sorted()
      return ToneFeatures.quantiles.map { sorted[Int((Double(places - 1) * $0).rounded())] }
    }
    return means + spreads + steps.energies + steps.correlations + quantiles.flatMap { $0 }
      + steps.byBrightness
  }

  /// Sums over the gradients of a picture.
  private struct Gradients {
    var products = [Double](repeating: 0, count: 9)
    var (dark, bright) = ([Double](repeating: 0, count: 3), [Double](repeating: 0, count: 3))
    var (darkCount, brightCount) = ([Double](repeating: 0, count: 3), [Double](repeating: 0, count: 3))

    init(_ channels: [[Double]], _ height: Int, _ width: Int) {
      var count = 0.0
      for y in 0..<height - 1 {
        for x in 0..<width - 1 {
          let at = y * width + x
          for other in [at + 1, at + width] {
            let step = channels.map { $0[other] - $0[at] }
            count += 1
            for a in 0..<3 {
              for b in 0..<3 { products[a * 3 + b] += step[a] * step[b] }
              let middle = (channels[a][other] + channels[a][at]) / 2
              if middle < 85 {
                dark[a] += step[a] * step[a]
                darkCount[a] += 1
              } else if middle > 170 {
                bright[a] += step[a] * step[a]
                brightCount[a] += 1
              }
            }
          }
        }
      }
      for index in products.indices { products[index] /= count }
    }

    private func energy(_ channel: Int) -> Double { products[channel * 4] + floor }

    /// Red and blue against green, and green itself.
    var energies: [Double] { [log(energy(0) / energy(1)), log(energy(2) / energy(1)), log(energy(1))] }

    /// Fisher's transform of the channels' correlations.
    var correlations: [Double] {
      [(0, 1), (1, 2), (0, 2)].map { a, b in
        let value = products[a * 3 + b] / (energy(a) * energy(b)).squareRoot()
        return atanh(min(max(value, -0.999), 0.999))
      }
    }

    /// Gradients in dark and bright places against all; few such places say little.
    var byBrightness: [Double] {
      (0..<3).flatMap { channel -> [Double] in
        let all = energy(channel)
        return [(dark, darkCount), (bright, brightCount)].map { sums, counts in
          log((sums[channel] + 20 * all) / (counts[channel] + 20) / all)
        }
      }
    }
  }
}
