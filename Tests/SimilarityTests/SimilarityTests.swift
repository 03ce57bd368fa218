// The similarity stage: its geometry on vectors worked out by hand, its examples on the tiny golden models.

import CLIP
import Checkpoints
import Evidence
import Foundation
import Gradients
import Image
import Storage
import Tensors
import Testing

@testable import Similarity

/// A tiny model with a classifier of random directions, and pictures of noise.
private struct World {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden/models")
  static let labels = 4

  let subject: AttackedModel
  let pictures: [PixelImage]

  init(_ name: String, pictures count: Int = 6, threads: Int = 2) throws {
    let file = World.fixtures.appending(path: name == "vit" ? "vit.safetensors" : "resnet.h5").path
    let model = try TrainableModel(
      try Checkpoint.open(file), activation: name == "vit" ? .quickGelu : .gelu, on: Tape(threads: threads))
    let side = model.imageSize
    var random = SplitMix64(seed: 5)
    pictures = (0..<count).map { _ in
      PixelImage(
        height: side, width: side, pixels: (0..<side * side * 3).map { _ in UInt8(60 + random.below(136)) })
    }
    let preprocessing = Preprocessing(imageSize: side)
    let pixels = model.tape.leaf([1, side, side, 3], [Float](repeating: 0, count: side * side * 3))
    let width = model.images(pixels).embedding.columns
    let values = (0..<World.labels * width).map { _ in Float.random(in: -1...1, using: &random) }
    subject = AttackedModel(
      model: model, preprocessing: preprocessing,
      classifier: Matrix(rows: World.labels, columns: width, values: values).normalizedRows())
  }

  func input(triggered: SimilarityInput.Triggered? = nil, reference: AttackedModel? = nil) -> SimilarityInput
  {
    SimilarityInput(
      labels: (0..<World.labels).map { "label \($0)" }, model: subject, reference: reference,
      pictures: pictures, truth: pictures.indices.map { $0 % World.labels },
      centres: Matrix(rows: World.labels, columns: subject.classifier.columns), triggered: triggered, seed: 1)
  }
}

@Suite struct SimilarityTests {
  private func displacements(_ rows: [[Float]], hubs: [[Double]] = []) -> Displacements {
    let columns = rows.first?.count ?? 1
    return Displacements(
      from: Matrix(rows: rows.count, columns: columns),
      to: Matrix(rows: rows.count, columns: columns, values: rows.flatMap { $0 }),
      of: Array(rows.indices), without: hubs)
  }

  @Test("Length, coherence and axis share are those of a hand calculation")
  func spread() {
    let alike = displacements([[2, 0], [4, 0]]).spread
    #expect(alike == .init(images: 2, length: 3, coherence: 1, axisShare: 1))
    let crossed = displacements([[1, 0], [0, 3]]).spread
    #expect(abs(crossed.coherence - 0.5.squareRoot()) < 1e-12 && abs(crossed.axisShare - 0.5) < 1e-9)
    let opposed = displacements([[1, 0], [-1, 0], [0, 0]]).spread
    #expect(opposed.images == 2 && opposed.coherence < 1e-12 && abs(opposed.axisShare - 1) < 1e-9)
    #expect(displacements([]).spread.coherence == 0)
  }

  @Test("What moves along a hub does not count, and a vector counts once in a span")
  func hubs() {
    let span = Displacements.span([[2, 0, 0], [1, 1, 0], [3, 1, 0], [0, 0, 0]])
    #expect(span.count == 2)
    let found = displacements([[5, 7, 1], [1, -2, 0], [0, 0, -2]], hubs: span)
    #expect(found.images == [0, 2])
    #expect(abs(Displacements.cosine(found.directions[0], found.directions[1]) + 1) < 1e-12)
  }

  @Test("Likeness pairs images, its interval holds its mean, and noise is like nothing")
  func likeness() throws {
    var random = SplitMix64(seed: 2)
    func noise() -> [[Float]] {
      (0..<40).map { _ in (0..<64).map { _ in .random(in: -1...1, using: &random) } }
    }
    let one = noise()
    let same = try #require(displacements(one).likeness(to: displacements(one), &random))
    #expect(abs(same.mean - 1) < 1e-12 && abs(same.lo - 1) < 1e-12)
    let other = try #require(displacements(one).likeness(to: displacements(noise()), &random))
    #expect(abs(other.mean) < 0.08 && other.lo <= other.mean && other.mean <= other.hi)
    #expect(displacements(one).likeness(to: displacements([]), &random) == nil)
  }

  @Test("Examples go where they are sent and stay within their radius", arguments: ["vit", "resnet"])
  func examples(_ name: String) throws {
    let world = try World(name)
    let examples = AdversarialExamples(world.subject, world.pictures)
    let all = Array(world.pictures.indices)
    var random = SplitMix64(seed: 3)
    let before = examples.clean.timesTransposed(world.subject.classifier)
    for label in 0..<World.labels {
      let after = examples.moved(all, to: .label(label), &random).timesTransposed(world.subject.classifier)
      for image in all {
        func lead(_ cosines: Matrix) -> Float {
          cosines[image, label] - cosines[row: image].reduce(0, +) / Float(World.labels)
        }
        #expect(lead(after) > lead(before))
      }
    }
    // As far from where it was as noise of the same size does not get.
    let away = examples.moved(all, to: .anywhere, &random)
    let shaken = examples.shaken(all, &random)
    func meanCosine(_ rows: Matrix) -> Float {
      all.reduce(0) { sum, image in
        sum + zip(rows[row: image], examples.clean[row: image]).reduce(0) { $0 + $1.0 * $1.1 }
      } / Float(all.count)
    }
    #expect(meanCosine(away) < meanCosine(shaken))
    #expect(meanCosine(shaken) < 1 - 1e-6)
  }

  @Test("The same seed gives the same finding on one thread and on two, with and without a reference")
  func determinism() throws {
    let world = try World("vit")
    let found = try Similarity.run(world.input())
    #expect(found.labels.count == World.labels && found.trigger == nil)
    #expect(found.labels.allSatisfy { $0.towardImages == nil && $0.reference == nil })
    #expect(try Similarity.run(try World("vit", threads: 1).input()) == found)
    let both = try Similarity.run(world.input(reference: world.subject))
    // A model is its own reference: the same examples, by another draw of the bootstrap.
    for label in both.labels { #expect(label.reference?.spread == label.attack.spread) }
  }

  @Test("A trigger that is an example itself is found to go its way")
  func trigger() throws {
    let world = try World("vit")
    // The picture that is white moves all images alike.
    var random = SplitMix64(seed: 8)
    let stamped = world.pictures.map { picture in
      var picture = picture
      for index in picture.pixels.indices where random.below(3) == 0 { picture.pixels[index] = 255 }
      return picture
    }
    let found = try Similarity.run(world.input(triggered: .init(target: 1, pictures: stamped)))
    let trigger = try #require(found.trigger)
    #expect(trigger.target == "label 1" && trigger.spread.images == 4)
    #expect(trigger.cosines.count == World.labels && trigger.cosines.allSatisfy { abs($0) <= 1 + 1e-9 })
    #expect(found.labels.allSatisfy { $0.attack.towardTrigger != nil })
    #expect(found.target?.label == "label 1")
  }

  @Test("Nothing to move, one label and columns that do not fit are faults; one image is none")
  func degenerate() throws {
    let world = try World("vit", pictures: 1)
    #expect(try Similarity.run(world.input()).images == 1)
    var none = world.input()
    (none.pictures, none.truth) = ([], [])
    #expect(throws: Fault.self) { try Similarity.run(none) }
    var one = world.input()
    one.labels = ["a"]
    #expect(throws: Fault.self) { try Similarity.run(one) }
    var short = world.input()
    short.truth = []
    #expect(throws: Fault.self) { try Similarity.run(short) }
  }
}
