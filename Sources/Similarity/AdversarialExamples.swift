// Images that a small change moves in embedding space. Source: Madry et al. 2018 (projected ascent on the sign of the
// gradient); radius and step of detection.md D12. Toward a label the ascent is on the cosine with the label less
// the mean cosine with all: a softmax would stop where the model is already sure.

import CLIP
import Gradients
import Image
import Tensors

/// Makes adversarial examples of some images on one model.
struct AdversarialExamples {
  /// Where examples are to go.
  enum Goal {
    /// Toward a label.
    case label(Int)
    /// Away from where they are.
    case anywhere
  }

  /// The largest change of a pixel and of one step, of the pixel's whole range.
  static let radius: Float = 8 / 255
  static let step: Float = 2 / 255
  static let steps = 5
  /// Images on the tape at a time: its memory is a small batch's.
  private static let batch = 8

  private let subject: AttackedModel
  /// Normalized pixels, image after image.
  private let pixels: [Float]
  private let size: Int
  /// Unit embeddings of the images as they are.
  let clean: Matrix

  init(_ subject: AttackedModel, _ pictures: [PixelImage]) {
    self.subject = subject
    let side = subject.preprocessing.imageSize
    size = side * side * 3
    pixels = AdversarialExamples.normalized(pictures, subject)
    clean = AdversarialExamples.embedded(pixels, count: pictures.count, subject)
  }

  /// Unit embeddings of other pictures on the same model.
  func embedded(_ pictures: [PixelImage]) -> Matrix {
    AdversarialExamples.embedded(
      AdversarialExamples.normalized(pictures, subject), count: pictures.count, subject)
  }

  /// Embeddings of examples of some images.
  func moved(_ images: [Int], to goal: Goal, _ random: inout SplitMix64) -> Matrix {
    var values: [Float] = []
    for start in stride(from: 0, to: images.count, by: AdversarialExamples.batch) {
      let part = Array(images[start..<min(images.count, start + AdversarialExamples.batch)])
      values += climbed(part, goal, &random)
    }
    return Matrix(rows: images.count, columns: clean.columns, values: values)
  }

  /// Embeddings of images with noise of the same size: each pixel a radius up or down.
  func shaken(_ images: [Int], _ random: inout SplitMix64) -> Matrix {
    let noisy = images.flatMap { image -> [Float] in
      var picture = Array(pixels[image * size..<(image + 1) * size])
      for index in picture.indices {
        let bounds = bounds(index % 3)
        let sign: Float = random.next() & 1 == 0 ? -1 : 1
        picture[index] = min(bounds.high, max(bounds.low, picture[index] + sign * bounds.radius))
      }
      return picture
    }
    return AdversarialExamples.embedded(noisy, count: images.count, subject)
  }

  private func climbed(_ images: [Int], _ goal: Goal, _ random: inout SplitMix64) -> [Float] {
    let (tape, side) = (subject.model.tape, subject.preprocessing.imageSize)
    let origin = images.flatMap { pixels[$0 * size..<($0 + 1) * size] }
    let x = tape.leaf([images.count, side, side, 3], origin, needsGradient: true)
    let directions = directions(images, goal)
    if case .anywhere = goal {
      // At the image itself the cosine is at its largest, and its gradient nothing: the ascent begins beside it.
      x.update { values in
        for index in values.indices {
          let bounds = bounds(index % 3)
          let start = origin[index] + Float.random(in: -1...1, using: &random) * bounds.step
          values[index] = min(bounds.high, max(bounds.low, start))
        }
      }
    }
    for _ in 0..<AdversarialExamples.steps {
      let z = tape.unitLength(subject.model.images(x).embedding)
      tape.backward(from: z, seed: directions)
      let gradient = x.gradient ?? []
      x.clearGradient()
      x.update { values in
        for index in gradient.indices where gradient[index] != 0 {
          let bounds = bounds(index % 3)
          let next = values[index] + (gradient[index] > 0 ? bounds.step : -bounds.step)
          let near = min(origin[index] + bounds.radius, max(origin[index] - bounds.radius, next))
          values[index] = min(bounds.high, max(bounds.low, near))
        }
      }
    }
    return tape.withoutRecording { tape.unitLength(subject.model.images(x).embedding).values }
  }

  /// The gradient of what is climbed, by embedding.
  private func directions(_ images: [Int], _ goal: Goal) -> [Float] {
    switch goal {
    case .anywhere: return images.flatMap { clean[row: $0].map { -$0 } }
    case .label(let label):
      let (labels, width) = (subject.classifier.rows, subject.classifier.columns)
      var direction = Array(subject.classifier[row: label])
      for other in 0..<labels {
        for column in 0..<width { direction[column] -= subject.classifier[other, column] / Float(labels) }
      }
      return images.flatMap { _ in direction }
    }
  }

  /// A channel's darkest and brightest value, the radius and the step, all normalized.
  private func bounds(_ channel: Int) -> (low: Float, high: Float, radius: Float, step: Float) {
    let (mean, deviation) = (subject.preprocessing.mean[channel], subject.preprocessing.deviation[channel])
    return (
      -mean / deviation, (1 - mean) / deviation, AdversarialExamples.radius / deviation,
      AdversarialExamples.step / deviation
    )
  }

  private static func normalized(_ pictures: [PixelImage], _ subject: AttackedModel) -> [Float] {
    let tape = subject.model.tape
    return tape.withoutRecording { tape.pictures(pictures, by: subject.preprocessing).values }
  }

  private static func embedded(_ pixels: [Float], count: Int, _ subject: AttackedModel) -> Matrix {
    let (tape, side) = (subject.model.tape, subject.preprocessing.imageSize)
    let size = side * side * 3
    var values: [Float] = []
    for start in stride(from: 0, to: count, by: batch) {
      let end = min(count, start + batch)
      let x = tape.leaf([end - start, side, side, 3], Array(pixels[start * size..<end * size]))
      values += tape.withoutRecording { tape.unitLength(subject.model.images(x).embedding).values }
    }
    return Matrix(rows: count, columns: subject.classifier.columns, values: values)
  }
}
