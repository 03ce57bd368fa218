// Average pooling of maps, and the tokens of CLIP's attention pool: a map's mean before its cells.

import CAssay
import Tensors

extension Tape {
  /// Averages squares of `side`; a rest at the lower or right edge is dropped.
  public func averagePool(_ x: Variable, side: Int) -> Variable {
    let (items, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (down, across) = (height / side, width / side)
    let y = result([items, down, across, channels], of: x)
    parallel(items, grain: 1) { range, _ in
      for item in range {
        assay_average_pool(
          x.pointer + item * height * width * channels, y.pointer + item * down * across * channels, 1,
          height,
          width, channels, side)
      }
    }
    record("average pool", y) { [self] dy in
      let gradient = x.accumulateZeroed()
      let share = 1 / Float(side * side)
      nonisolated(unsafe) let (from, to) = (dy, gradient)
      parallel(items, grain: 1) { range, _ in
        for item in range {
          for row in 0..<(down * side) {
            for column in 0..<(across * side) {
              let cell = to + ((item * height + row) * width + column) * channels
              let given = from + ((item * down + row / side) * across + column / side) * channels
              for channel in 0..<channels { cell[channel] += share * given[channel] }
            }
          }
        }
      }
    }
    return y
  }

  /// Maps as tokens [items, 1 + cells, channels], their mean first.
  public func meanAndCells(_ x: Variable) -> Variable {
    let (items, cells, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
    let y = result([items, cells + 1, channels], of: x)
    let share = 1 / Float(cells)
    for item in 0..<items {
      let (from, to) = (x.pointer + item * cells * channels, y.pointer + item * (cells + 1) * channels)
      to.update(repeating: 0, count: channels)
      for cell in 0..<cells {
        for channel in 0..<channels { to[channel] += from[cell * channels + channel] }
      }
      for channel in 0..<channels { to[channel] *= share }
      (to + channels).update(from: from, count: cells * channels)
    }
    record("mean and cells", y) { dy in
      let dx = x.accumulateZeroed()
      for item in 0..<items {
        let (from, to) = (dy + item * (cells + 1) * channels, dx + item * cells * channels)
        for cell in 0..<cells {
          for channel in 0..<channels {
            to[cell * channels + channel] += from[(cell + 1) * channels + channel] + share * from[channel]
          }
        }
      }
    }
    return y
  }
}
