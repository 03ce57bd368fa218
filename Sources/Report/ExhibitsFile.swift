// Reads the pictures of a case from the group `exhibits` of case.h5. Every dataset is optional; one that is there has to
// have the shape that its neighbours and the contract ask for, and may hold only so much.

import Foundation
import Image
import Storage

import struct Evidence.Fault

/// Reads `exhibits` of a case.h5.
enum ExhibitsFile {
  /// Rows read of any set of pictures: the report never shows more.
  private static let mostPictures = 64
  /// Backdoors read beyond the first.
  private static let mostBackdoors = 7
  /// The longest side of a picture.
  private static let mostSide = 4096

  /// The pictures of a case; none when there is no such file.
  static func read(_ path: String) throws -> Exhibits {
    guard FileManager.default.fileExists(atPath: path) else { return Exhibits() }
    let file = try HDF5Reader(path: path)
    let first = try backdoor(file, 0)
    var exhibits = try Exhibits(
      suspects: suspects(file), trigger: first.trigger, hosts: first.hosts, curated: curated(file))
    while exhibits.further.count < mostBackdoors {
      let next = try backdoor(file, exhibits.further.count + 1)
      guard next.trigger != nil else { break }
      exhibits.further.append(next)
    }
    return exhibits
  }

  private static func backdoor(_ file: HDF5Reader, _ place: Int) throws -> Exhibits.BackdoorPictures {
    let group = Exhibits.group(ofBackdoor: place)
    return try .init(trigger: trigger(file, group + "/trigger"), hosts: hosts(file, group + "/hosts"))
  }

  private static func suspects(_ file: HDF5Reader) throws -> [Exhibits.SuspectPicture] {
    let group = "exhibits/suspects"
    let images = try pictures(file, group + "/images")
    guard !images.isEmpty else { return [] }
    let rows = try file.integers(group + "/rows", rows: try taken(file, group + "/rows", images.count))
    let blame = try fields(file, group + "/blame", images.count)
    return images.indices.map { index in
      Exhibits.SuspectPicture(
        row: rows[index], image: images[index], blame: blame.isEmpty ? nil : blame[index])
    }
  }

  private static func trigger(_ file: HDF5Reader, _ group: String) throws -> Exhibits.TriggerPicture? {
    let path = group + "/pixels"
    guard let shape = file.dataset(path)?.shape else { return nil }
    guard shape.count == 3, shape[2] == 3, isSide(shape[0]), isSide(shape[1]) else {
      throw fault(path, "it has the shape \(shape), not [height, width, 3]")
    }
    let image = PixelImage(height: shape[0], width: shape[1], pixels: try file.bytes(path))
    var trigger = Exhibits.TriggerPicture(
      image: image, mask: try plane(file, group + "/mask", like: image),
      agreement: try plane(file, group + "/agreement", like: image))
    trigger.residual = try values(file, group + "/residual", [shape[0], shape[1], 3])
    trigger.field = try values(file, group + "/field", [shape[0], shape[1], 2])
    trigger.curves = try values(file, group + "/curves", [3, 256])
    trigger.opacity = try values(file, group + "/opacity", [1]).map { Double($0[0]) }
    let waves = [shape[0], shape[1] / 2 + 1]
    trigger.spectrum = try values(file, group + "/spectrum", waves).map {
      Exhibits.Field(height: waves[0], width: waves[1], values: $0)
    }
    return trigger
  }

  /// Finite values of one shape; none when there is no such dataset.
  private static func values(_ file: HDF5Reader, _ path: String, _ expected: [Int]) throws -> [Float]? {
    guard let shape = file.dataset(path)?.shape else { return nil }
    guard shape == expected else {
      throw fault(path, "it has the shape \(shape), not \(expected)")
    }
    let values = try file.floats(path)
    guard values.count == expected.reduce(1, *), values.allSatisfy(\.isFinite) else {
      throw fault(path, "it holds values that are no numbers")
    }
    return values
  }

  private static func hosts(_ file: HDF5Reader, _ group: String) throws -> [Exhibits.Host] {
    let before = try pictures(file, group + "/before")
    let after = try pictures(file, group + "/after")
    guard before.count == after.count else {
      throw fault(group, "it has \(before.count) pictures before and \(after.count) after")
    }
    let labels = try ["label_before", "label_after", "label_true"].map {
      try strings(file, "\(group)/\($0)", before.count)
    }
    return before.indices.map { index in
      Exhibits.Host(
        before: before[index], after: after[index], labelBefore: labels[0][index],
        labelAfter: labels[1][index],
        labelTrue: labels[2][index])
    }
  }

  private static func curated(_ file: HDF5Reader) throws -> [Exhibits.CuratedPicture] {
    let group = "exhibits/curated"
    let images = try pictures(file, group + "/images")
    let columns = try ["captions", "roles", "reasons"].map {
      try strings(file, "\(group)/\($0)", images.count)
    }
    return images.indices.map { index in
      Exhibits.CuratedPicture(
        image: images[index], caption: columns[0][index], role: columns[1][index], reason: columns[2][index])
    }
  }

  /// The first pictures of a set [n, H, W, 3]; none when there is no such set.
  private static func pictures(_ file: HDF5Reader, _ path: String) throws -> [PixelImage] {
    guard let shape = file.dataset(path)?.shape else { return [] }
    guard shape.count == 4, shape[0] > 0 else {
      if shape.count == 4 { return [] }
      throw fault(path, "it has the shape \(shape), not [n, height, width, 3]")
    }
    guard shape[3] == 3, isSide(shape[1]), isSide(shape[2]) else {
      throw fault(path, "it has the shape \(shape), not [n, height, width, 3]")
    }
    let count = min(shape[0], mostPictures)
    let bytes = try file.bytes(path, rows: 0..<count)
    let stride = shape[1] * shape[2] * 3
    guard bytes.count == count * stride else { throw fault(path, "it holds \(bytes.count) bytes") }
    return (0..<count).map { index in
      PixelImage(
        height: shape[1], width: shape[2], pixels: Array(bytes[index * stride..<(index + 1) * stride]))
    }
  }

  /// Fields [n, h, w], one for each picture; none when there is no such dataset.
  private static func fields(_ file: HDF5Reader, _ path: String, _ count: Int) throws -> [Exhibits.Field] {
    guard let shape = file.dataset(path)?.shape else { return [] }
    guard shape.count == 3, shape[0] >= count, isSide(shape[1]), isSide(shape[2]) else {
      throw fault(path, "it has the shape \(shape), not [n, height, width]")
    }
    let values = try file.floats(path, rows: 0..<count)
    let stride = shape[1] * shape[2]
    guard values.count == count * stride else { throw fault(path, "it holds \(values.count) values") }
    return (0..<count).map { index in
      Exhibits.Field(
        height: shape[1], width: shape[2], values: Array(values[index * stride..<(index + 1) * stride]))
    }
  }

  private static func plane(
    _ file: HDF5Reader, _ path: String, like image: PixelImage
  ) throws -> Exhibits.Field? {
    guard let shape = file.dataset(path)?.shape else { return nil }
    guard shape == [image.height, image.width] else {
      throw fault(path, "it has the shape \(shape), unlike the trigger's pixels")
    }
    return Exhibits.Field(height: shape[0], width: shape[1], values: try file.floats(path))
  }

  private static func strings(_ file: HDF5Reader, _ path: String, _ count: Int) throws -> [String] {
    guard count > 0 else { return [] }
    return try file.strings(path, rows: try taken(file, path, count))
  }

  /// The first rows of a dataset that has to have one for each picture.
  private static func taken(_ file: HDF5Reader, _ path: String, _ count: Int) throws -> Range<Int> {
    guard let shape = file.dataset(path)?.shape, shape.count == 1, shape[0] >= count else {
      throw fault(path, "it does not hold a value for each of \(count) pictures")
    }
    return 0..<count
  }

  private static func isSide(_ length: Int) -> Bool { (1...mostSide).contains(length) }

  private static func fault(_ path: String, _ problem: String) -> Fault {
    Fault("case.h5, \(path)", problem, do: "run the audit again")
  }
}
