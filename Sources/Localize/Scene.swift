// What every localizer works on: the input, its random split, the model with its forwards counted, and the pixel
// statistics of clean images. Made once, read by all.

import CLIP
import Evidence
import Image
import Synchronization
import Tensors

/// The input of the stage, split and ready to be asked.
struct Scene: Sendable {
  /// The stage's input.
  let input: LocalizeInput
  /// Size of every picture.
  let height, width: Int
  /// Whether a suspect row is in the half that triggers are estimated on.
  let isEstimating: [Bool]
  /// How natural pixels differ.
  let natural: NaturalDifferences
  /// Images that the audited model was asked about.
  let meter = ForwardMeter()
  private let shelf = StatisticsShelf()

  /// The shorter side, in pixels.
  var side: Int { min(height, width) }
  /// The budgets.
  var options: LocalizeOptions { input.options }

  init(_ input: LocalizeInput) throws {
    try input.validate()
    self.input = input
    let first = try input.suspects.pictures.pictures([0])
    guard let picture = first.first, min(picture.height, picture.width) >= 16 else {
      throw Fault(
        "suspect set", "its images are smaller than 16 pixels", do: "give images of 16 x 16 pixels or more")
    }
    height = picture.height
    width = picture.width
    var random = input.random(.split)
    isEstimating = Scene.halves(input.suspects, &random)
    let sample = random.permutation(input.calibration.rows.count).prefix(256)
    let clean = try input.calibration.pictures.pictures(sample.map { input.calibration.rows[$0] })
    try Scene.check(clean, height, width, "calibration pool")
    natural = NaturalDifferences(clean, random: &random)
  }

  /// Whether each row is in the first half.
  ///
  /// Of the rows that assert a label with the oracle's support, and of those that assert it without, every other one in random
  /// order: few poisoned rows are then in both halves.
  private static func halves(_ suspects: LocalizeInput.Suspects, _ random: inout SplitMix64) -> [Bool] {
    struct Kind: Hashable {
      var label: Int
      var isSupported: Bool
    }
    var isFirst: [Kind: Bool] = [:]
    var halves = [Bool](repeating: false, count: suspects.assertedLabels.count)
    for row in random.permutation(halves.count) {
      let label = suspects.assertedLabels[row]
      let kind = Kind(label: label, isSupported: label >= 0 && suspects.oracle.supports(label, row: row))
      halves[row] = isFirst[kind, default: true]
      isFirst[kind] = !halves[row]
    }
    return halves
  }

  /// A statistic of the scene, made when it is first asked for; there is one of each type.
  func statistics<Value: Sendable>(_ make: () throws -> Value) rethrows -> Value {
    if let known = shelf.value(Value.self) { return known }
    let value = try make()
    shelf.keep(value)
    return value
  }

  /// What several families ask about one label, made when it is first asked for; only the last label's is kept.
  func latest<Value: Sendable>(of label: Int, _ make: () throws -> Value) rethrows -> Value {
    if let known = shelf.value(LabelFinding<Value>.self), known.label == label { return known.value }
    let value = try make()
    shelf.keep(LabelFinding(label: label, value: value))
    return value
  }

  /// Rows whose caption and model assert a label that the oracle, having spoken, does not support.
  func suspiciousRows(of label: Int) -> [Int] {
    unsupportedRows(of: label).filter { input.suspects.oracle.labels[$0] >= 0 }
  }

  /// The same with those of which the oracle says nothing.
  func unsupportedRows(of label: Int) -> [Int] {
    let suspects = input.suspects
    return suspects.assertedLabels.indices.filter {
      suspects.assertedLabels[$0] == label && suspects.modelLabels[$0] == label
        && !suspects.oracle.supports(label, row: $0)
    }
  }

  /// The pictures of suspect rows.
  func suspects(_ rows: [Int]) throws -> [PixelImage] {
    let pictures = try input.suspects.pictures.pictures(rows)
    try Scene.check(pictures, height, width, "suspect set")
    return pictures
  }

  /// The pictures at positions of a clean part.
  func clean(_ part: LocalizeInput.CleanPart, _ positions: [Int]) throws -> [PixelImage] {
    let pictures = try part.pictures.pictures(positions.map { part.rows[$0] })
    try Scene.check(pictures, height, width, "pool")
    return pictures
  }

  /// Positions of a clean part that neither are nor are called the label, in the order of a seed.
  func hosts(for label: Int, in part: LocalizeInput.CleanPart, _ purpose: LocalizeInput.Purpose) -> [Int] {
    var random = input.random(purpose, label)
    return random.permutation(part.rows.count).filter {
      part.labels[$0] != label && part.modelLabels[$0] != label
    }
  }

  /// Cosines [n, K] of pictures by the audited model, in batches of bounded memory.
  func cosines(_ pictures: [PixelImage]) throws -> Matrix {
    meter.add(pictures.count)
    return try Scene.ask(input.classify, pictures, input)
  }

  /// The audited model's labels of pictures.
  func answers(_ pictures: [PixelImage]) throws -> [Int] {
    let cosines = try cosines(pictures)
    return (0..<cosines.rows).map { cosines.argmax(row: $0) }
  }

  /// The reference model's labels of pictures; nil without one.
  func referenceAnswers(_ pictures: [PixelImage]) throws -> [Int]? {
    guard let reference = input.reference else { return nil }
    let cosines = try Scene.ask(reference, pictures, input)
    return (0..<cosines.rows).map { cosines.argmax(row: $0) }
  }

  private static func ask(
    _ classify: LocalizeInput.Classify, _ pictures: [PixelImage], _ input: LocalizeInput
  ) throws -> Matrix {
    var values: [Float] = []
    for start in stride(from: 0, to: pictures.count, by: 128) {
      try input.checkCancellation()
      let batch = Array(pictures[start..<min(start + 128, pictures.count)])
      let cosines = try classify(batch)
      guard cosines.rows == batch.count, cosines.columns == input.labels.count else {
        throw Fault(
          "model", "gave \(cosines.rows) x \(cosines.columns) cosines for \(batch.count) pictures",
          do: "use one row a picture and one column a label")
      }
      values += cosines.values
    }
    return Matrix(rows: pictures.count, columns: input.labels.count, values: values)
  }

  private static func check(_ pictures: [PixelImage], _ height: Int, _ width: Int, _ place: String) throws {
    for picture in pictures where picture.height != height || picture.width != width {
      throw Fault(
        place, "holds an image of \(picture.height) x \(picture.width) among images of \(height) x \(width)",
        do: "bring all images to one size")
    }
  }
}

/// What was found of a label.
private struct LabelFinding<Value: Sendable>: Sendable {
  var label: Int
  var value: Value
}

/// Statistics of clean pictures that several families ask for.
private final class StatisticsShelf: Sendable {
  private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

  func value<Value: Sendable>(_ type: Value.Type) -> Value? {
    values.withLock { $0[ObjectIdentifier(type)] as? Value }
  }

  func keep<Value: Sendable>(_ value: Value) {
    values.withLock { $0[ObjectIdentifier(Value.self)] = value }
  }
}

/// Counts forwards across threads.
final class ForwardMeter: Sendable {
  private let forwards = Mutex(0)
  /// Images asked about so far.
  var total: Int { forwards.withLock { $0 } }
  /// Adds to the count.
  func add(_ count: Int) { forwards.withLock { $0 += count } }
}

extension LocalizeInput {
  /// What a sequence of random numbers is for: each purpose and label has its own.
  enum Purpose: UInt64 {
    case split = 1
    case blame, cropScreening, screening, proof, controls, places, shuffling, rows
  }

  /// The generator for a purpose, a label and an index.
  func random(_ purpose: Purpose, _ label: Int = 0, _ index: Int = 0) -> SplitMix64 {
    var outer = SplitMix64(seed: seed, stream: purpose.rawValue << 32 | UInt64(label))
    return SplitMix64(seed: outer.next(), stream: UInt64(index))
  }
}
