// The rebound test: benign fine-tuning of a repaired model without any pair of the target. A backdoor that was hidden and
// not removed comes back within a few hundred steps (Zhu et al. 2024; repair.md 14.7).

import CLIP
import Gradients
public import Image
import Tensors

/// A rebound test.
public struct Rebound {
  /// What the model answers after some benign steps.
  public struct Point: Sendable, Codable, Equatable {
    /// Benign steps taken.
    public var step: Int
    /// For each triggered picture, the place of the target among the labels, 1 the best.
    public var ranks: [Int]
  }

  private let bench: Workbench
  private let triggered: [PixelImage]
  private let target: Int

  /// A test of the model of `bench`, which it changes.
  ///
  /// - Parameter triggered: pictures of other labels with the trigger.
  public init(_ bench: Workbench, triggered: [PixelImage], target: Int) {
    (self.bench, self.triggered, self.target) = (bench, triggered, target)
  }

  /// Fine-tunes the image tower with the contrastive loss and asks on the way.
  ///
  /// At 0, 10, 50 and every hundred steps, and at the end.
  ///
  /// - Parameters:
  ///   - rate: a tenth of the repair's keeps accuracy.
  ///   - progress: called before every step; throw from it to stop.
  public func run(steps: Int, rate: Double, progress: (Int, Int) throws -> Void) throws -> [Point] {
    let tape = bench.tape
    let pairs = bench.task.clean.filter { $0.label != target }
    let texts = tape.withoutRecording {
      pairs.map { tape.unitLength(bench.model.texts([bench.tokenize($0.caption)])).values }
    }
    let parameters = bench.model.train(bench.model.imageStages.flatMap(\.weights))
    defer { _ = bench.model.train([]) }
    let optimizer = Optimizer(
      parameters, rule: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1), clip: 1, tape: tape)
    let schedule = RateSchedule.warmCosine(base: rate, warm: max(1, steps / 10), total: max(1, steps))
    let count = min(32, pairs.count)
    var points = [ask(after: 0)]
    for step in 0..<steps where count > 1 {
      try progress(step, steps)
      let rows = bench.draw(count, step: step, from: pairs.count, stream: 9)
      let loss = tape.contrastive(
        tape.unitLength(bench.model.images(bench.pixels(rows.map { pairs[$0].picture })).embedding),
        tape.leaf([rows.count, bench.classifier.columns], rows.flatMap { texts[$0] }),
        logitScale: bench.model.logitScale)
      optimizer.step(rate: Float(schedule.rate(step)), backFrom: loss)
      if [10, 50].contains(step + 1) || (step + 1) % 100 == 0 || step + 1 == steps {
        points.append(ask(after: step + 1))
      }
    }
    return points
  }

  /// The target's place for every triggered picture, by the received model's classifier.
  private func ask(after step: Int) -> Point {
    let labels = bench.classifier.rows
    let ranks = stride(from: 0, to: triggered.count, by: 64).flatMap { start -> [Int] in
      let part = Array(triggered[start..<min(triggered.count, start + 64)])
      let z = bench.tape.withoutRecording {
        bench.tape.unitLength(bench.model.images(bench.pixels(part)).embedding)
      }
      let cosines = Matrix(rows: part.count, columns: bench.classifier.columns, values: z.values)
        .timesTransposed(bench.classifier)
      return part.indices.map { row in
        let own = cosines[row, target]
        return 1
          + (0..<labels).count {
            cosines[row, $0] > own || (cosines[row, $0] == own && $0 < target)
          }
      }
    }
    return Point(step: step, ranks: ranks)
  }
}
