// A trigger put on clean images, so that anyone can see what it does: one that a case recovered, or one in a file.

import Evidence
import Foundation
import Image
import Repair
import Tensors

/// A known trigger with the label that it forces.
struct PlantedTrigger {
  let trigger: RecoveredTrigger
  let target: String
  /// The size of the images in which a case searched; nil for a file.
  private let canvas: (height: Int, width: Int)?
  private let name: String
  /// The compact set of a case, whose captions tell the model's activation; nil for a file.
  let pairs: StreamedSet?

  /// Reads a finished case, of several backdoors the one of `target` or the strongest, or a trigger file.
  ///
  /// - Throws: `Fault` when there is no such trigger, or a file comes without a target.
  init(_ path: String, target: String?) throws {
    name = URL(fileURLWithPath: path).lastPathComponent
    guard RepairMaterial.isCase(path) else {
      guard let target else {
        throw Fault(name, "a trigger file does not say which label it forces", do: "give --target")
      }
      (trigger, self.target, canvas, pairs) = (try TriggerFile.read(path), target, nil, nil)
      return
    }
    let material = try RepairMaterial(path, target: nil, trigger: nil)
    let wanted = target.map { material.labels.place(of: $0) }
    let known = material.backdoors.lazy.compactMap { backdoor -> (RecoveredTrigger, Int)? in
      guard let trigger = backdoor.trigger, let label = backdoor.target else { return nil }
      return wanted == nil || wanted == label ? (trigger, label) : nil
    }
    guard let (trigger, label) = known.first else {
      throw Fault(
        name, "the case demonstrates no trigger" + (target.map { " that forces '\($0.prefix(60))'" } ?? ""),
        do: "give a case with a demonstrated backdoor, or a trigger file with --target")
    }
    (self.trigger, self.target) = (trigger, material.labels.names[label])
    (canvas, pairs) = (material.canvas, material.pairs)
  }

  /// A set's images with the trigger, by rows of the set.
  ///
  /// - Throws: `Fault` when the set has not the size of the case's images; its pictures throw where one cannot carry it.
  func on(_ set: ImageSet, modelSide: Int) throws -> any PixelSource {
    TriggeredPictures(
      source: try canvas.flatMap { try Canvases.matching($0, set, modelSide: modelSide) } ?? set,
      trigger: trigger, name: name)
  }
}

/// Pictures with a trigger, put on as they are read, at a place of its own in each.
struct TriggeredPictures: PixelSource {
  let source: any PixelSource
  let trigger: RecoveredTrigger
  let name: String

  var count: Int { source.count }

  func pictures(_ rows: [Int]) throws -> [PixelImage] {
    try zip(rows, try source.pictures(rows)).map { row, picture in
      guard trigger.fits(picture) else {
        throw Fault(
          name,
          "its \(trigger.height) x \(trigger.width) pixels do not fit image \(row) of \(picture.height) x \(picture.width)",
          do: "give images that can carry it")
      }
      return trigger.stamped(picture, row: row, seed: 1)
    }
  }
}
