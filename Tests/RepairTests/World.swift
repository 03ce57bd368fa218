// The tiny models and the stored inputs of Fixtures/golden/repair as a workbench, and the comparison of one optimizer step
// with PyTorch's (towers.py says what a digest is and when two agree).

import CLIP
import Checkpoints
import Foundation
import Gradients
import Image
import Storage
import Tensors
import Testing

@testable import Repair

/// A workbench over a tiny model and the golden inputs.
struct World {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden")

  let name: String
  let bench: Workbench
  let store: HDF5Reader

  /// - Parameter isShifted: whether the model that is repaired starts where the goldens' trained steps do, off the
  ///   received one.
  init(
    _ name: String, isShifted: Bool = true, threads: Int = 2, trigger: RecoveredTrigger? = nil,
    target: Int? = 2,
    victims: [Int] = [], seed: UInt64 = 1, triggered: [RepairPair] = [], isLabelled: Bool = true,
    recomputing: Recomputation = .nothing, comparing: Bool = true
  ) throws {
    self.name = name
    let models = World.fixtures.appending(path: "models")
    let checkpoint = try Checkpoint.open(
      models.appending(path: name == "vit" ? "vit.safetensors" : "resnet.h5").path)
    store = try HDF5Reader(path: World.fixtures.appending(path: "repair/strategies.h5").path)
    let tape = Tape(threads: threads)
    let model = try TrainableModel(
      checkpoint, activation: name == "vit" ? .quickGelu : .gelu, on: tape, recomputing: recomputing)
    let pictures = try World.pictures(store, "inputs/\(name)/pixels")
    let captions = try World.captions(store, "inputs/\(name)/ids")
    let labels = try store.integers("inputs/\(name)/labels")
    let prompts = try World.captions(store, "inputs/\(name)/prompt_ids")
    let rows = tape.unitLength(model.texts(prompts))
    let width = rows.columns
    let values = rows.values
    var means: [Float] = []
    for label in 0..<prompts.count / 2 {
      // Two prompts a label.
      for column in 0..<width {
        means.append((values[2 * label * width + column] + values[(2 * label + 1) * width + column]) / 2)
      }
    }
    let pairs = pictures.indices.map { row in
      RepairPair(
        picture: pictures[row], caption: captions[row].map(String.init).joined(separator: " "),
        label: isLabelled ? labels[row] : -1)
    }
    bench = try Workbench(
      model: model, preprocessing: Preprocessing(imageSize: model.imageSize),
      classifier: Matrix(rows: prompts.count / 2, columns: width, values: means).normalizedRows(),
      tokenize: { $0.split(separator: " ").compactMap { Int32($0) } },
      task: RepairTask(
        labels: (0..<prompts.count / 2).map { "1\($0)" },
        backdoors: [KnownBackdoor(target: target, victims: victims, trigger: trigger)], clean: pairs,
        triggered: triggered, seed: seed), comparing: comparing)
    guard isShifted else { return }
    for tensor in try names {
      let variable = try #require(bench.model.weights.variables[tensor])
      variable.assign(
        variable.values.enumerated().map { place, value in
          Float(Double(value) * (1 + 0.02 * cos(0.9 * Double(place))))
        })
    }
  }

  /// All parameters, in the order of the digests.
  var names: [String] { get throws { try store.strings("tensors/\(name)") } }

  static func pictures(_ store: HDF5Reader, _ path: String) throws -> [PixelImage] {
    let shape = try #require(store.dataset(path)).shape
    let bytes = try store.bytes(path)
    let size = shape[1] * shape[2] * 3
    return (0..<shape[0]).map {
      PixelImage(height: shape[1], width: shape[2], pixels: Array(bytes[$0 * size..<($0 + 1) * size]))
    }
  }

  static func captions(_ store: HDF5Reader, _ path: String) throws -> [[Int32]] {
    let length = try #require(store.dataset(path)?.shape.last)
    let ids = try store.integers(path).map(Int32.init)
    return (0..<ids.count / length).map { Array(ids[$0 * length..<($0 + 1) * length]) }
  }

  func captions(_ key: String, rows: [Int]? = nil) throws -> [[Int32]] {
    let all = try World.captions(store, "inputs/\(name)/\(key)")
    return rows?.map { all[$0] } ?? all
  }

  func pixels(_ key: String, rows: [Int]? = nil) throws -> Variable {
    let all = try World.pictures(store, "inputs/\(name)/\(key)")
    return bench.pixels(rows?.map { all[$0] } ?? all)
  }

  func batch(rows: [Int]? = nil) throws -> ViewedBatch {
    ViewedBatch(
      pixels: try pixels("pixels", rows: rows), views: try pixels("view", rows: rows),
      captions: try captions("ids", rows: rows), captionViews: try captions("view_ids", rows: rows))
  }

  /// A strategy with some of its settings given.
  func strategy<Strategy: RepairStrategy>(_ type: Strategy.Type, _ given: [String: Double] = [:]) throws
    -> Strategy
  {
    try type.init(bench, try Settings(type.defaults(bench), overrides: given, of: type.name))
  }

  // MARK: Comparison

  static func digest(_ values: [Float]) -> [Double] {
    let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let probes = [0.37, 1.13, 2.71].map { frequency in
      values.enumerated().reduce(0.0) { $0 + Double($1.element) * cos(frequency * Double($1.offset + 1)) }
    }
    return [norm] + probes + (0..<4).map { Double(values[$0 * (values.count - 1) / 3]) }
  }

  func number(_ group: String, _ attribute: String) -> Float {
    switch store.attributes(of: group)[attribute] {
    case .number(let value): Float(value)
    case .integer(let value): Float(value)
    default: .nan
    }
  }

  func expect(_ found: some BinaryFloatingPoint, _ path: String) throws {
    let wanted = try #require(try store.floats(path).first)
    #expect(abs(Float(found) - wanted) < 1e-3 * max(abs(wanted), 0.01), "\(path): \(found), not \(wanted)")
  }

  func expect(_ found: [Float], _ path: String) throws {
    let wanted = try store.floats(path)
    let size = wanted.reduce(Float(1e-6)) { max($0, abs($1)) }
    #expect(found.count == wanted.count, "\(path)")
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-3 * size }, "\(path)")
  }

  /// Takes one step by the golden hyperparameters and compares terms, the gradients' length and every update.
  func expectStep(
    _ golden: String, moving weights: [String], names terms: [String: String] = [:],
    _ loss: () throws -> [LossTerm]
  ) throws {
    let group = "steps/\(golden)/\(name)"
    let parameters = bench.model.train(weights)
    #expect(parameters.count == weights.count)
    let before = bench.model.weights.variables.mapValues(\.values)
    let parts = try loss()
    let total = bench.tape.total(parts.map { ($0.weight, $0.value) })
    try expect(total.number, "\(group)/loss")
    for part in parts {
      let key =
        terms[part.name]
        ?? part.name.replacingOccurrences(of: " ", with: "_")
        .replacingOccurrences(of: "-", with: "_")
      if store.dataset("\(group)/\(key)") != nil { try expect(part.value.number, "\(group)/\(key)") }
    }
    bench.tape.backward(from: total)
    let clip = number(group, "clip")
    let optimizer = Optimizer(
      parameters,
      rule: .adamW(
        beta1: number(group, "beta1"), beta2: number(group, "beta2"), epsilon: number(group, "eps"),
        decay: number(group, "weight_decay")), clip: clip > 0 ? clip : nil, tape: bench.tape)
    try expect(optimizer.gradientNorm(), "\(group)/gradient_norm")
    optimizer.step(rate: number(group, "rate"))
    try expectUpdates(golden, from: before)
  }

  /// Compares what every weight moved by.
  func expectUpdates(_ golden: String, from before: [String: [Float]]) throws {
    let wanted = try store.doubles("steps/\(golden)/\(name)/updates")
    let largest = stride(from: 0, to: wanted.count, by: 8).map { wanted[$0] }.max() ?? 0
    for (row, tensor) in try names.enumerated() {
      let after = try #require(bench.model.weights.variables[tensor]).values
      let found = World.digest(zip(after, try #require(before[tensor])).map { $0 - $1 })
      let bound = max(1e-3 * wanted[row * 8], 1e-5 * largest)
      for column in 0..<8 {
        #expect(
          abs(found[column] - wanted[row * 8 + column]) <= bound, "\(golden), \(tensor), column \(column)")
      }
    }
  }
}
