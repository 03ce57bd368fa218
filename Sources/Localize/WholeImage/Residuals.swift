// Small arithmetic on patterns over the whole image, [height, width, 3] in gray levels.

import Tensors

/// A value as a byte: rounded, and cut at black and white.
@inline(__always)
func gray(_ value: Float) -> UInt8 { UInt8(min(max(value.rounded(), 0), 255)) }

/// The root mean square.
func rootMeanSquare(_ values: [Float]) -> Float {
  (values.reduce(0) { $0 + $1 * $1 } / Float(max(1, values.count))).squareRoot()
}

/// The cosine of two patterns; 0 where either is nothing.
func cosine(_ a: [Float], _ b: [Float]) -> Double {
  var (product, first, second) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    product += Double(x) * Double(y)
    first += Double(x) * Double(x)
    second += Double(y) * Double(y)
  }
  return first > 0 && second > 0 ? product / (first * second).squareRoot() : 0
}

/// The mean colour everywhere.
func meanColour(_ values: [Float]) -> [Float] {
  var sums: [Float] = [0, 0, 0]
  for index in values.indices { sums[index % 3] += values[index] }
  return values.indices.map { sums[$0 % 3] / Float(values.count / 3) }
}

/// The same pixels in random order.
func shuffledPixels(_ values: [Float], _ random: inout SplitMix64) -> [Float] {
  random.permutation(values.count / 3).flatMap { values[$0 * 3..<$0 * 3 + 3] }
}
