// One pass of Pillow's 8-bit resampling: coefficients for one axis, and the two inner loops.

import CAssay

/// The coefficients that take an axis from one length to another.
struct ResamplingAxis: Sendable {
  private static let precision = 22
  private static let support = 2.0  // of the bicubic kernel, in units of the coarser grid

  /// The first input of each output.
  private let starts: [Int]
  /// Inputs of each output.
  private let counts: [Int]
  /// `width` coefficients an output, of which the first `counts` are used.
  private let coefficients: [Int32]
  private let width: Int
  /// All inputs that any output reads.
  let inputs: Range<Int>

  init(from input: Int, to output: Int) {
    let scale = Double(input) / Double(output)
    let stretch = max(scale, 1)
    let support = ResamplingAxis.support * stretch
    width = Int(support.rounded(.up)) * 2 + 1
    var (starts, counts): ([Int], [Int]) = ([], [])
    var coefficients = [Int32](repeating: 0, count: output * width)
    for index in 0..<output {
      let centre = (Double(index) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let end = min(input, Int(centre + support + 0.5))
      let weights = (start..<end).map { ResamplingAxis.bicubic((Double($0) - centre + 0.5) * (1 / stretch)) }
      let sum = weights.reduce(0, +)
      for (position, weight) in weights.enumerated() {
        let share = sum == 0 ? weight : weight / sum
        let scaled = share * Double(1 << ResamplingAxis.precision)
        coefficients[index * width + position] = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
      }
      starts.append(start)
      counts.append(end - start)
    }
    self.starts = starts
    self.counts = counts
    self.coefficients = coefficients
    inputs = (starts.first ?? 0)..<(zip(starts, counts).map(+).max() ?? 0)
  }

  /// Keys' cubic convolution kernel with a = -0.5.
  private static func bicubic(_ distance: Double) -> Double {
    let (a, x) = (-0.5, abs(distance))
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }

  /// Resamples the given rows of RGB pixels; the other rows of the result stay black.
  func alongRows(_ pixels: [UInt8], rows: Range<Int>, inputWidth: Int) -> [UInt8] {
    let (inputBytes, outputBytes) = (inputWidth * 3, starts.count * 3)
    var result = [UInt8](repeating: 0, count: pixels.count / inputBytes * outputBytes)
    // Two rows share each multiplication: one in the upper, one in the lower half of 64 bits.
    var pair = [Int64](repeating: 0, count: inputBytes)
    pixels.withUnsafeBufferPointer { pixels in
      result.withUnsafeMutableBufferPointer { result in
        pair.withUnsafeMutableBufferPointer { pair in
          for upper in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
            let lower = min(upper + 1, rows.upperBound - 1)
            for index in 0..<inputBytes {
              let (above, below) = (pixels[upper * inputBytes + index], pixels[lower * inputBytes + index])
              pair[index] = Int64(above) << 32 + Int64(below)
            }
            resample(UnsafeBufferPointer(pair), into: result, upper * outputBytes, lower * outputBytes)
          }
        }
      }
    }
    return result
  }

  /// Makes the two output rows that begin at the given bytes.
  private func resample(
    _ pair: UnsafeBufferPointer<Int64>, into result: UnsafeMutableBufferPointer<UInt8>, _ upper: Int,
    _ lower: Int
  ) {
    let half = Int64(1) << (ResamplingAxis.precision - 1)
    let rounding = half << 32 + half
    coefficients.withUnsafeBufferPointer { coefficients in
      for output in 0..<starts.count {
        var (red, green, blue) = (rounding, rounding, rounding)
        var input = starts[output] * 3
        let first = output * width
        for position in first..<first + counts[output] {
          let coefficient = Int64(coefficients[position])
          red &+= pair[input] &* coefficient
          green &+= pair[input + 1] &* coefficient
          blue &+= pair[input + 2] &* coefficient
          input += 3
        }
        let (above, below) = (upper + output * 3, lower + output * 3)
        (result[above], result[below]) = ResamplingAxis.bytes(red)
        (result[above + 1], result[below + 1]) = ResamplingAxis.bytes(green)
        (result[above + 2], result[below + 2]) = ResamplingAxis.bytes(blue)
      }
    }
  }

  /// The two sums in one 64-bit number, as bytes; a negative lower one has borrowed from the upper.
  @inline(__always) private static func bytes(_ sums: Int64) -> (UInt8, UInt8) {
    let lower = Int32(truncatingIfNeeded: sums)
    let upper = Int32(truncatingIfNeeded: (sums &- Int64(lower)) >> 32)
    return (byte(upper), byte(lower))
  }

  @inline(__always) private static func byte(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> Int32(precision))))
  }

  /// Resamples columns of bytes; a row of `rowBytes` bytes is a row of the result too.
  func alongColumns(_ pixels: [UInt8], rowBytes: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: starts.count * rowBytes) { result, count in
      count = starts.count * rowBytes
      pixels.withUnsafeBufferPointer { pixels in
        coefficients.withUnsafeBufferPointer { coefficients in
          for output in 0..<starts.count {
            let rows = starts[output] * rowBytes..<(starts[output] + counts[output]) * rowBytes
            let weights = output * width..<output * width + counts[output]
            let target = output * rowBytes..<(output + 1) * rowBytes
            assay_weigh_rows(
              UnsafeBufferPointer(rebasing: pixels[rows]).baseAddress, rowBytes,
              UnsafeBufferPointer(rebasing: coefficients[weights]).baseAddress, weights.count,
              UnsafeMutableBufferPointer(rebasing: result[target]).baseAddress)
          }
        }
      }
    }
  }
}
