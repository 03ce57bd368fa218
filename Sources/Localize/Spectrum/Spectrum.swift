// The waves in a pattern, for the eye: amplitudes of its discrete Fourier transform, as products with cosines and sines.

import Glibc
import Tensors

/// Amplitudes of the waves in a pattern.
enum Spectrum {
  /// Amplitudes [height, width / 2 + 1] of a pattern [height, width, 3], the strongest channel at each frequency.
  ///
  /// A wave a·sin(2π(u·x/width + v·y/height)) has its amplitude a at row v (counted modulo height) and column u.
  static func amplitudes(_ values: [Float], height: Int, width: Int) -> [Float] {
    let half = width / 2 + 1
    let (cosX, sinX) = waves(half, width)
    let (cosY, sinY) = waves(height, height)
    var strongest = [Float](repeating: 0, count: height * half)
    for channel in 0..<3 {
      // Columns of the picture as rows, so that both products run over contiguous values.
      var plane = Matrix(rows: width, columns: height)
      for y in 0..<height {
        for x in 0..<width { plane[x, y] = values[(y * width + x) * 3 + channel] }
      }
      let (real, imaginary) = (cosY.timesTransposed(plane), sinY.timesTransposed(plane))  // [v, x]
      let realX = (real.timesTransposed(cosX), real.timesTransposed(sinX))
      let imaginaryX = (imaginary.timesTransposed(cosX), imaginary.timesTransposed(sinX))
      for v in 0..<height {
        for u in 0..<half {
          let re = realX.0[v, u] - imaginaryX.1[v, u]
          let im = realX.1[v, u] + imaginaryX.0[v, u]
          let isAlone = (u == 0 || 2 * u == width) && (v == 0 || 2 * v == height)
          let amplitude = (re * re + im * im).squareRoot() * (isAlone ? 1 : 2) / Float(height * width)
          strongest[v * half + u] = max(strongest[v * half + u], amplitude)
        }
      }
    }
    return strongest
  }

  /// cos and sin of 2π·k·x/size, [k, x].
  private static func waves(_ count: Int, _ size: Int) -> (Matrix, Matrix) {
    var (cosines, sines) = (Matrix(rows: count, columns: size), Matrix(rows: count, columns: size))
    for k in 0..<count {
      for x in 0..<size {
        let angle = 2 * Double.pi * Double(k * x % size) / Double(size)
        cosines[k, x] = Float(cos(angle))
        sines[k, x] = Float(sin(angle))
      }
    }
    return (cosines, sines)
  }
}
