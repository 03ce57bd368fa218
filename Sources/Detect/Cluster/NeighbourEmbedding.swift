// A picture of points in the plane in which neighbours stay neighbours: t-SNE, exact. Source: van der Maaten and Hinton
// 2008; constants of detection.md D19 and scikit-learn (learning rate by Belkina et al. 2019, start from PCA by Kobak and
// Berens 2019). Distances between far groups mean nothing in it, nor do the sizes of groups: it illustrates and
// proves nothing.

import Glibc
import Tensors

/// Points in the plane by t-SNE.
struct NeighbourEmbedding: Sendable {
  /// Two coordinates a point.
  private(set) var places: [Double]
  /// The divergence of both laws of neighbourhood, in nats.
  private(set) var divergence = 0.0

  static let perplexity = 30.0
  static let iterations = 1000
  private static let exaggeration = 12.0
  private static let exaggerated = 250
  private static let startingSpread = 1e-4
  private static let jitter = 1e-6

  /// Complexity: O(points² · iterations).
  ///
  /// - Parameters:
  ///   - start: Two coordinates a point, usually the first principal ones.
  ///   - seed: Of the jitter that keeps equal points apart at the start.
  init(_ points: Points, start: [Double], seed: UInt64) {
    let count = points.count
    precondition(start.count == 2 * count, "two coordinates a point are needed")
    let spread = NeighbourEmbedding.deviation(start.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
    var random = SplitMix64(seed: seed, stream: 0x75E)
    places = start.map {
      (spread > 0 ? $0 / spread : 0) * NeighbourEmbedding.startingSpread
        + NeighbourEmbedding.jitter * NormalNull.normal(&random)
    }
    guard count > 3, spread > 0 else { return }
    let likeness = NeighbourEmbedding.affinities(points, perplexity: NeighbourEmbedding.perplexity)
    descend(likeness, count)
  }

  /// The symmetric law of neighbourhood, points x points, summing to one.
  ///
  /// Each point's law is normal with the width whose perplexity is asked for; at most a third of the points.
  static func affinities(_ points: Points, perplexity: Double) -> [Double] {
    let count = points.count
    let wanted = log(min(perplexity, Double(count - 1) / 3))
    var law = [Double](repeating: 0, count: count * count)
    for one in 0..<count {
      let squared = (0..<count).map { points.squared(one, $0) }
      var (precision, low, high) = (1.0, 0.0, Double.infinity)
      var row = [Double](repeating: 0, count: count)
      for _ in 0..<100 {
        var (sum, weighted) = (0.0, 0.0)
        for other in 0..<count where other != one {
          row[other] = exp(-squared[other] * precision)
          sum += row[other]
          weighted += row[other] * squared[other]
        }
        // Where all others are too far for the width, the width grows.
        let entropy = sum > 0 ? log(sum) + precision * weighted / sum : 0
        for other in 0..<count { row[other] = sum > 0 ? row[other] / sum : 0 }
        guard abs(entropy - wanted) > 1e-5 else { break }
        if entropy > wanted {
          low = precision
          precision = high.isFinite ? (precision + high) / 2 : precision * 2
        } else {
          high = precision
          precision = (precision + low) / 2
        }
      }
      for other in 0..<count { law[one * count + other] = row[other] }
    }
    var total = 0.0
    for one in 0..<count {
      for other in one + 1..<max(one + 1, count) {
        let both = law[one * count + other] + law[other * count + one]
        (law[one * count + other], law[other * count + one]) = (both, both)
        total += 2 * both
      }
    }
    return total > 0 ? law.map { $0 / total } : law
  }

  /// Gradient descent with momentum and a gain a coordinate.
  private mutating func descend(_ likeness: [Double], _ count: Int) {
    let rate = max(Double(count) / 4 / NeighbourEmbedding.exaggeration, 50)
    var velocity = [Double](repeating: 0, count: 2 * count)
    var gain = [Double](repeating: 1, count: 2 * count)
    var weights = [Double](repeating: 0, count: count * count)
    for step in 0..<NeighbourEmbedding.iterations {
      let isEarly = step < NeighbourEmbedding.exaggerated
      let gradient = NeighbourEmbedding.gradient(
        places, likeness, count, pull: isEarly ? NeighbourEmbedding.exaggeration : 1, &weights)
      for index in gradient.indices {
        let agrees = gradient[index] * velocity[index] > 0
        gain[index] = max(0.01, agrees ? gain[index] * 0.8 : gain[index] + 0.2)
        velocity[index] = (isEarly ? 0.5 : 0.8) * velocity[index] - rate * gain[index] * gradient[index]
        places[index] += velocity[index]
      }
    }
    divergence = NeighbourEmbedding.divergence(places, likeness, count)
  }

  /// 4 Σ (pull · p - q) w (y - y'), with w = 1 / (1 + |y - y'|²).
  private static func gradient(
    _ places: [Double], _ likeness: [Double], _ count: Int, pull: Double, _ weights: inout [Double]
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: 2 * count)
    places.withUnsafeBufferPointer { places in
      likeness.withUnsafeBufferPointer { likeness in
        weights.withUnsafeMutableBufferPointer { weights in
          gradient.withUnsafeMutableBufferPointer { gradient in
            var total = 0.0
            for one in 0..<count {
              let (x, y) = (places[2 * one], places[2 * one + 1])
              for other in 0..<one {
                let (dx, dy) = (x - places[2 * other], y - places[2 * other + 1])
                let weight = 1 / (1 + dx * dx + dy * dy)
                weights[one * count + other] = weight
                total += weight
              }
            }
            let scale = 1 / max(2 * total, .leastNormalMagnitude)
            for one in 0..<count {
              let (x, y) = (places[2 * one], places[2 * one + 1])
              var (sumX, sumY) = (0.0, 0.0)
              for other in 0..<one {
                let weight = weights[one * count + other]
                let force = 4 * (pull * likeness[one * count + other] - weight * scale) * weight
                let (dx, dy) = (force * (x - places[2 * other]), force * (y - places[2 * other + 1]))
                sumX += dx
                sumY += dy
                gradient[2 * other] -= dx
                gradient[2 * other + 1] -= dy
              }
              gradient[2 * one] += sumX
              gradient[2 * one + 1] += sumY
            }
          }
        }
      }
    }
    return gradient
  }

  /// Σ p ln (p / q).
  private static func divergence(_ places: [Double], _ likeness: [Double], _ count: Int) -> Double {
    var total = 0.0
    var weights = [Double](repeating: 0, count: count * count)
    for one in 0..<count {
      for other in 0..<count where other != one {
        let (dx, dy) = (places[2 * one] - places[2 * other], places[2 * one + 1] - places[2 * other + 1])
        weights[one * count + other] = 1 / (1 + dx * dx + dy * dy)
        total += weights[one * count + other]
      }
    }
    var sum = 0.0
    for index in weights.indices where likeness[index] > 0 && weights[index] > 0 {
      sum += likeness[index] * log(likeness[index] * total / weights[index])
    }
    return sum
  }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count))).squareRoot()
  }
}
