// A forest of random trees over one sample, and the score it gives a point. Source: Liu, Ting and Zhou 2008.

import Glibc
import Tensors

/// Trees over random parts of a sample.
struct IsolationTrees: Sendable {
  let trees: [IsolationTree]
  /// The expected path length of a point among as many as each tree has seen.
  let expected: Double

  /// Trees that were grown before, each over `size` points.
  init(_ trees: [IsolationTree], size: Int) {
    self.trees = trees
    expected = IsolationTree.unbuilt(size)
  }

  /// Grows trees over `size` rows each, drawn without replacement.
  init(_ sample: Matrix, trees count: Int, size: Int, seed: UInt64) {
    let size = min(size, sample.rows)
    self.init(
      (0..<count).map { tree in
        var random = SplitMix64(seed: seed, stream: UInt64(tree) + 1)
        return IsolationTree(
          sample, rows: random.choice(of: size, from: sample.rows), random: &random)
      }, size: size)
  }

  /// 2 to the power of -(mean path length / expected one), in 0...1; 0.5 where no tree could cut.
  func score(_ point: ArraySlice<Float>) -> Double {
    guard expected > 0, !trees.isEmpty else { return 0.5 }
    return point.withUnsafeBufferPointer { point in
      guard let point = point.baseAddress else { return 0.5 }
      let total = trees.reduce(0.0) { $0 + Double($1.pathLength(point)) }
      return exp2(-total / (Double(trees.count) * expected))
    }
  }
}

extension SplitMix64 {
  /// Some of 0..<population, each once, in random order (Fisher and Yates, as far as needed).
  mutating func choice(of count: Int, from population: Int) -> [Int] {
    var moved: [Int: Int] = [:]
    return (0..<min(count, population)).map { place in
      let drawn = place + below(population - place)
      defer { moved[drawn] = moved[place] ?? place }
      return moved[drawn] ?? drawn
    }
  }
}
