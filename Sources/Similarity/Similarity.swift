// Stage `similarity`: do adversarial examples go where the trigger goes?
//
// Place in the line: model, held-out clean images, trigger -> SimilarityFinding. Source: detection.md D12, after the
// observation of ABD (2409.15968) that adversarial and triggered samples of a backdoored model lie close together.
//
// Rule of cost: 24 images, at most 12 labels, 5 steps: at most 24 · 12 · 5 gradients and the untargeted ones, the same for
// every model; with a reference model twice that. Controls of the target are the other labels, noise of the same size,
// and the way to the target's own images.

public import Evidence
import Tensors

/// The similarity stage.
public enum Similarity {
  /// Images that are moved, at most.
  public static let mostImages = 24
  /// Labels that they are moved toward, at most.
  static let mostLabels = 12

  /// Moves clean images toward labels and compares the ways.
  ///
  /// - Throws: `Fault` without images, with fewer than two labels, or with columns that do not fit each other.
  public static func run(_ input: SimilarityInput) throws -> SimilarityFinding {
    try validate(input)
    var random = SplitMix64(seed: input.seed, stream: 12)
    let labels = chosen(input, &random)
    let total = (labels.count * (input.reference == nil ? 1 : 2) + 1) * input.pictures.count
    var done = 0
    func told(_ made: Int) throws {
      done += made
      try input.progress(min(done, total), total)
    }
    let own = try Ways(input.model, input, labels, &random, told)
    let reference = try input.reference.map { try Ways($0, input, labels, &random, told) }
    let all = Array(input.pictures.indices)
    let examples = own.examples
    let untargeted = examples.moved(all, to: .anywhere, &random)
    try told(all.count)
    let answers = untargeted.timesTransposed(input.model.classifier)
    let noise = Displacements(
      from: examples.clean, to: examples.shaken(all, &random), of: all, without: own.hubs)
    let means = own.ways.map(\.mean)
    let lines = labels.indices.map { place -> SimilarityFinding.Label in
      let label = labels[place]
      let others = all.filter { own.answers[$0] != label }
      return SimilarityFinding.Label(
        label: input.labels[label], attack: own.attack(place, &random),
        towardImages: own.natural(label, input).flatMap { own.ways[place].likeness(to: $0, &random) },
        reference: reference.map { $0.attack(place, &random) },
        absorbed: Rate(others.count { answers.argmax(row: $0) == label }, of: others.count),
        cosines: means.map { Displacements.cosine(means[place], $0) })
    }
    return SimilarityFinding(
      images: all.count, steps: AdversarialExamples.steps, radius: Double(AdversarialExamples.radius) * 255,
      labels: lines,
      untargeted: Displacements(from: examples.clean, to: untargeted, of: all, without: own.hubs).spread,
      noise: noise.spread,
      trigger: input.triggered.flatMap { triggered in
        own.trigger.map { way in
          SimilarityFinding.TriggerDisplacement(
            target: input.labels[triggered.target], spread: way.spread,
            towardImages: own.natural(triggered.target, input).flatMap { way.likeness(to: $0, &random) },
            cosines: means.map { Displacements.cosine(way.mean, $0) })
        }
      })
  }

  private static func validate(_ input: SimilarityInput) throws {
    let count = input.pictures.count
    guard count > 0 else {
      throw Fault("similarity", "there are no clean images to move", do: "give a larger --pool")
    }
    guard input.labels.count >= 2 else {
      throw Fault("similarity", "a single label leaves nowhere to go", do: "give at least two labels")
    }
    guard input.truth.count == count, input.triggered.map({ $0.pictures.count == count }) ?? true,
      input.model.classifier.rows == input.labels.count, input.centres.rows == input.labels.count,
      input.centres.columns == input.model.classifier.columns
    else { throw Fault("similarity", "its columns differ in length") }
  }

  /// All labels, or the target and others by seed, in the audit's order.
  private static func chosen(_ input: SimilarityInput, _ random: inout SplitMix64) -> [Int] {
    guard input.labels.count > mostLabels else { return Array(input.labels.indices) }
    let target = input.triggered.map { [$0.target] } ?? []
    let others = random.permutation(input.labels.count).filter { !target.contains($0) }
    return (target + others.prefix(mostLabels - target.count)).sorted()
  }
}

/// The ways of one model's adversarial examples.
private struct Ways {
  let examples: AdversarialExamples
  let hubs: [[Double]]
  /// The model's labels of the images as they are.
  let answers: [Int]
  /// Displacements toward each label that was chosen, and the examples that reached it.
  private(set) var ways: [Displacements] = []
  private(set) var reached: [Rate] = []
  /// The trigger's displacements.
  let trigger: Displacements?

  init(
    _ subject: AttackedModel, _ input: SimilarityInput, _ labels: [Int], _ random: inout SplitMix64,
    _ told: (Int) throws -> Void
  ) throws {
    examples = AdversarialExamples(subject, input.pictures)
    let clean = examples.clean
    hubs = Displacements.span([Ways.mean(clean), Ways.mean(subject.classifier)])
    let cosines = clean.timesTransposed(subject.classifier)
    answers = (0..<clean.rows).map { cosines.argmax(row: $0) }
    let all = Array(input.pictures.indices)
    if let triggered = input.triggered {
      let images = all.filter { input.truth[$0] != triggered.target }
      trigger = Displacements(
        from: clean, to: examples.embedded(images.map { triggered.pictures[$0] }), of: images, without: hubs)
    } else {
      trigger = nil
    }
    for label in labels {
      let images = all.filter { input.truth[$0] != label && answers[$0] != label }
      let moved = examples.moved(images, to: .label(label), &random)
      let after = moved.timesTransposed(subject.classifier)
      reached.append(Rate((0..<images.count).count { after.argmax(row: $0) == label }, of: images.count))
      ways.append(Displacements(from: clean, to: moved, of: images, without: hubs))
      try told(input.pictures.count)
    }
  }

  func attack(_ place: Int, _ random: inout SplitMix64) -> SimilarityFinding.Attack {
    SimilarityFinding.Attack(
      reached: reached[place], spread: ways[place].spread,
      towardTrigger: trigger.flatMap { ways[place].likeness(to: $0, &random) })
  }

  /// The ways from the images to the centre of a label's own images; nil where it has none.
  func natural(_ label: Int, _ input: SimilarityInput) -> Displacements? {
    let centre = Array(input.centres[row: label])
    guard centre.contains(where: { $0 != 0 }) else { return nil }
    let images = input.pictures.indices.filter { input.truth[$0] != label }
    let ends = Matrix(rows: images.count, columns: centre.count, values: images.flatMap { _ in centre })
    return Displacements(from: examples.clean, to: ends, of: images, without: hubs)
  }

  private static func mean(_ rows: Matrix) -> [Double] {
    var sum = [Double](repeating: 0, count: rows.columns)
    for row in 0..<rows.rows {
      for (column, value) in rows[row: row].enumerated() { sum[column] += Double(value) }
    }
    return sum
  }
}
