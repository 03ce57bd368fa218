// What intake decides: labels in captions, the pool's split, and the ranking behind accuracy and attack success.

import Evidence
import Foundation
import Image
import Storage
import Tensors
import Testing

@testable import Audit

@Suite("Intake reads labels, splits the pool and ranks answers as promised")
struct InputTests {
  @Test("A caption asserts the labels whose words stand in it; a longer label hides a shorter one inside it")
  func captions() throws {
    let labels = try LabelNames(["truck", "fire truck", "cat", "tabby_cat", "dog"], source: "test")
    #expect(labels.named(in: "A Photo of a DOG.") == [4])
    #expect(labels.named(in: "two dogs at night") == [4])
    #expect(labels.named(in: "a fire truck") == [1])
    #expect(labels.named(in: "a tabby cat, asleep") == [3])
    #expect(labels.named(in: "a cat beside a truck") == [0, 2])
    #expect(labels.named(in: "a category of trucking").isEmpty)
    #expect(labels.named(in: "").isEmpty)
  }

  @Test("Foreign names join by normalization; a file that shares no name is refused, and so are double names")
  func joining() throws {
    let labels = try LabelNames(["sea lion", "cat"], source: "test")
    #expect(try labels.join(["Cat", "Sea_Lion", "tree"], from: "oracle") == [1, 0, -1])
    #expect(throws: Fault.self) { try labels.join(["tree"], from: "oracle") }
    #expect(throws: Fault.self) { try LabelNames(["cat", "Cat"], source: "test") }
    #expect(throws: Fault.self) { try LabelNames([], source: "test") }
  }

  @Test("A set's truth is its labels, else the one label that a caption names, and no model's opinion")
  func truth() throws {
    let labels = try LabelNames(["dog", "cat"], source: "test")
    func set(_ write: (HDF5Writer) throws -> Void) throws -> ImageSet {
      let path = NSTemporaryDirectory() + "assay-truth-\(UUID().uuidString).h5"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let writer = try HDF5Writer(path: path)
      try writer.write([UInt8](repeating: 9, count: 3 * 12), shape: [3, 2, 2, 3], to: "images")
      try write(writer)
      try writer.close()
      return try ImageSet.open(path)
    }
    let captioned = try set { try $0.write(["a cat", "a cat and a dog", "nothing"], to: "captions") }
    #expect(try labels.truth(of: captioned) == [1, -1, -1])
    let labelled = try set {
      try $0.write([Int32(1), 0, 1], to: "labels")
      try $0.write(["tree", "cat"], to: "label_names")
      try $0.write(["a dog", "a dog", "a dog"], to: "captions")
    }
    #expect(try labels.truth(of: labelled) == [1, -1, 1])
    #expect(try labels.truth(of: try set { _ in }) == nil)
    #expect(try Canvases.matching((2, 2), captioned, modelSide: 7) == nil)
    #expect(try Canvases.matching((7, 7), captioned, modelSide: 7)?.pictures([0])[0].width == 7)
    #expect(throws: Fault.self) { try Canvases.matching((5, 5), captioned, modelSide: 7) }
  }

  @Test("The pool's parts are disjoint, cover it, and never share pixels; another seed splits otherwise")
  func split() {
    let digests = (0..<1000).map { "\($0 % 900)" }
    let split = PoolSplit(digests: digests, seed: 1)
    #expect((split.calibration + split.heldOut + split.replay).sorted() == Array(0..<1000))
    let parts = [split.calibration, split.heldOut, split.replay].map { Set($0.map { digests[$0] }) }
    #expect(
      parts[0].isDisjoint(with: parts[1]) && parts[1].isDisjoint(with: parts[2])
        && parts[0].isDisjoint(with: parts[2]))
    #expect(abs(split.calibration.count - 300) < 40 && abs(split.heldOut.count - 300) < 40)
    #expect(PoolSplit(digests: digests, seed: 1) == split)
    #expect(PoolSplit(digests: digests, seed: 2) != split)
  }

  @Test("Accuracy and attack success at top k, the target's own images excluded, joined by id")
  func evaluation() throws {
    let clean = Evaluation.View(
      name: "clean", ids: ["a", "b", "c"], truth: [0, 1, 2],
      cosines: Matrix(rows: 3, columns: 3, values: [0.9, 0.1, 0.2, 0.8, 0.5, 0.1, 0.1, 0.2, 0.9]))
    let stamped = Evaluation.View(
      name: "stamped", ids: ["c", "b", "a"], truth: [2, 1, 0],
      cosines: Matrix(rows: 3, columns: 3, values: [0.1, 0.2, 0.9, 0.2, 0.3, 0.9, 0.5, 0.1, 0.4]))
    let result = try Evaluation.evaluate(clean: clean, triggered: stamped, target: 2, labels: 3)
    #expect(result.accuracy.k == 2 && result.accuracy.n == 3)
    #expect(result.attackSuccess.map(\.k) == [1, 3])
    #expect(result.attackSuccess[0].rate.k == 1 && result.attackSuccess[0].rate.n == 2)
    #expect(result.untriggeredTargetShare[0].rate.k == 0)
    #expect(result.triggeredAccuracy?.k == 1 && result.untriggeredAccuracy?.k == 1)
    let strangers = Evaluation.View(
      name: "other", ids: ["x"], truth: [0], cosines: Matrix(rows: 1, columns: 3))
    #expect(throws: Fault.self) {
      try Evaluation.evaluate(clean: clean, triggered: strangers, target: 2, labels: 3)
    }
  }
}
