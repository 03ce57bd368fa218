// The gradient of a kernel of 3 x 3 through the transforms that its convolution goes by: with y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A of
// every tile, dw = Gᵀ[Σ (A dy Aᵀ) ⊙ (Bᵀ x B)]G over all tiles, a quarter of the multiplications of dyᵀ times windows.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4; the transposes are ours.

import CAssay
import Tensors

extension Tape {
  /// The gradient of a transformed kernel: [outputs, (row, column, channel)].
  func transformedKernelGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ shape: ConvolutionShape
  ) -> Storage {
    let (inputs, outputs, points) = (shape.inputs, shape.outputs, Int(ASSAY_WINOGRAD_POINTS))
    let all = shape.items * ((shape.height + 3) / 4) * ((shape.width + 3) / 4)
    // Tiles at a time, 16 MiB of them whatever the threads: the order of the sums hangs on it.
    let most = min(all, max(64, (4 << 20) / (points * (inputs + outputs))))
    let (seen, given) = (
      Storage(points * most * inputs, from: buffers), Storage(points * most * outputs, from: buffers)
    )
    let plane = outputs * inputs
    let sums = Storage(points * plane, from: buffers)
    nonisolated(unsafe) let (dy, x) = (dy, x)
    for first in stride(from: 0, to: all, by: most) {
      let tiles = min(most, all - first)
      parallel(tiles, grain: 16) { range, _ in
        let start = range.lowerBound
        assay_winograd_forward(
          x, shape.height, shape.width, inputs, first + start, range.count, most * inputs,
          seen.pointer + start * inputs)
        assay_winograd_given(
          dy, shape.height, shape.width, outputs, first + start, range.count, most * outputs,
          given.pointer + start * outputs)
      }
      parallel(points, grain: 1) { range, worker in
        for point in range {
          worker.multiplyTransposed(
            given.pointer + point * most * outputs, tiles, outputs, by: seen.pointer + point * most * inputs,
            inputs, adding: first > 0, into: sums.pointer + point * plane)
        }
      }
    }
    let gradient = Storage(outputs * shape.depth, from: buffers)
    parallel(outputs, grain: 8) { range, _ in
      assay_winograd_gradient(
        sums.pointer + range.lowerBound * inputs, inputs, range.count, plane,
        gradient.pointer + range.lowerBound * shape.depth)
    }
    return gradient
  }
}
