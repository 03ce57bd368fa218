// Whole towers on a tape: the same answers as the fused towers, and PyTorch's gradients for every weight and pixel
// (Fixtures/golden/repair/gradients.py).

import CLIP
import Checkpoints
import Foundation
import Gradients
import Storage
import Tensors
import Testing

@Suite("Towers on a tape") struct TrainingTests {
  static let golden = URL(fileURLWithPath: ParityTests.folder).deletingLastPathComponent()
    .appendingPathComponent("repair").path

  /// A tiny model, its pictures as the towers take them, and its captions.
  static func world(_ name: String, threads: Int = 2, recomputing: Recomputation = .nothing) throws -> (
    model: TrainableModel, pixels: Variable, captions: [[Int32]]
  ) {
    let file = name == "vit" ? "vit.safetensors" : "resnet.h5"
    let checkpoint = try Checkpoint.open(ParityTests.folder + "/" + file)
    let tape = Tape(threads: threads)
    let model = try TrainableModel(
      checkpoint, activation: name == "vit" ? .quickGelu : .gelu, on: tape, recomputing: recomputing)
    let store = try HDF5Reader(path: golden + "/strategies.h5")
    let shape = try #require(store.dataset("inputs/\(name)/pixels")).shape
    let values = try store.bytes("inputs/\(name)/pixels").enumerated().map { index, byte in
      (Float(byte) / 255 - Preprocessing.openAIMean[index % 3]) / Preprocessing.openAIDeviation[index % 3]
    }
    let rows = try #require(store.dataset("inputs/\(name)/ids")).shape
    let ids = try store.integers("inputs/\(name)/ids").map(Int32.init)
    return (
      model, tape.leaf(shape, values), (0..<rows[0]).map { Array(ids[$0 * rows[1]..<($0 + 1) * rows[1]]) }
    )
  }

  /// The digest of a tensor (towers.py): its norm, three probes, four samples.
  static func digest(_ values: [Float]) -> [Double] {
    let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let probes = [0.37, 1.13, 2.71].map { frequency in
      values.enumerated().reduce(0.0) { $0 + Double($1.element) * cos(frequency * Double($1.offset + 1)) }
    }
    return [norm] + probes + (0..<4).map { Double(values[$0 * (values.count - 1) / 3]) }
  }

  @Test("The recorded towers answer as the fused ones do", arguments: ["vit", "resnet"])
  func sameAsFused(_ name: String) throws {
    let (model, pixels, captions) = try TrainingTests.world(name)
    let store = try HDF5Reader(path: TrainingTests.golden + "/gradients.h5")
    let tape = model.tape
    let images = tape.unitLength(model.images(pixels).embedding).values
    let texts = tape.unitLength(model.texts(captions)).values
    for (found, kind) in [(images, "image"), (texts, "text")] {
      let wanted = try store.floats("\(name)/\(kind)_embeddings")
      #expect(found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test(
    "Gradients of every weight and every pixel",
    arguments: [
      ("vit", false), ("vit", true), ("resnet", false), ("resnet", true), ("resnet-training", false),
    ])
  func gradients(_ name: String, isCheckpointed: Bool) throws {
    let kind = name == "vit" ? "vit" : "resnet"
    let (model, pixels, captions) = try TrainingTests.world(
      kind, recomputing: isCheckpointed ? .blocks : .nothing)
    let tape = model.tape
    let store = try HDF5Reader(path: TrainingTests.golden + "/gradients.h5")
    let names = try store.strings("tensors/\(kind)")
    let trained = model.train(names)
    #expect(trained.count == names.count)
    pixels.needsGradient = true
    let norms: BatchNormMode = name == "resnet-training" ? .batch(momentum: 0.1) : .stored
    let loss = tape.contrastive(
      tape.unitLength(model.images(pixels, norms: norms).embedding), tape.unitLength(model.texts(captions)),
      logitScale: model.logitScale)
    #expect(abs(loss.number - (try store.floats("\(name)/loss"))[0]) < 1e-4)
    tape.backward(from: loss)
    let wanted = try store.doubles("\(name)/gradients")
    let largest = stride(from: 0, to: wanted.count, by: 8).map { wanted[$0] }.max() ?? 0
    for (row, tensor) in names.enumerated() {
      let gradient = model.weights.variables[tensor]?.gradient ?? []
      try #require(!gradient.isEmpty, "\(tensor) has no gradient")
      let found = TrainingTests.digest(gradient)
      let bound = max(1e-3 * wanted[row * 8], 1e-5 * largest)
      for column in 0..<8 {
        #expect(abs(found[column] - wanted[row * 8 + column]) < bound, "\(tensor), column \(column)")
      }
    }
    // Gradients with respect to pixels in 0 ... 1, channels first.
    let slopes = try store.doubles("\(name)/pixel_gradient")
    let gradient = try #require(pixels.gradient)
    let area = model.imageSize * model.imageSize
    for picture in 0..<pixels.shape[0] {
      let planes = (0..<3).flatMap { channel in
        (0..<area).map {
          gradient[(picture * area + $0) * 3 + channel] / Preprocessing.openAIDeviation[channel]
        }
      }
      let found = TrainingTests.digest(planes)
      for column in 0..<8 {
        #expect(abs(found[column] - slopes[picture * 8 + column]) < 1e-3 * slopes[picture * 8])
      }
    }
    guard name == "resnet-training" else { return }
    let moved = try store.doubles("\(name)/statistics")
    for (row, tensor) in try store.strings("tensors/statistics").enumerated() {
      let found = TrainingTests.digest(model.weights.variables[tensor]?.values ?? [0])
      for column in 0..<8 {
        #expect(abs(found[column] - moved[row * 8 + column]) < 1e-3 * moved[row * 8], "\(tensor)")
      }
    }
  }

  @Test("A contrastive batch taken in parts has the gradients of the whole", arguments: ["vit", "resnet"])
  func inParts(_ name: String) throws {
    var found: [[String: [Float]]] = []
    var losses: [Float] = []
    for recomputing: Recomputation in [.nothing, .parts(of: 6), .parts(of: 4), .parts(of: 1)] {
      let (model, pixels, captions) = try TrainingTests.world(name, recomputing: recomputing)
      let tape = model.tape
      let trained = model.train((model.imageStages + model.textStages).flatMap(\.weights))
      let loss = tape.contrastive(
        tape.unitLength(model.images(pixels).embedding), tape.unitLength(model.texts(captions)),
        logitScale: model.logitScale)
      losses.append(loss.number)
      tape.backward(from: loss)
      found.append(
        Dictionary(uniqueKeysWithValues: trained.map { ($0.name, $0.variable.gradient ?? []) }))
    }
    for (loss, gradients) in zip(losses, found).dropFirst() {
      #expect(abs(loss - losses[0]) < 1e-5)
      for (tensor, whole) in found[0] {
        let norm = whole.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        let away = zip(whole, gradients[tensor] ?? []).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(away.squareRoot() < 1e-4 * max(norm, 1e-3), "\(tensor)")
      }
    }
  }
}
