// Pictures, models and oracles whose truth is known: smooth colour fields with shapes and grain, a model that reads
// their tint unless a patch is on them, and an oracle that is wrong on one row in eight.

import CLIP
import Image
import Localize
import Tensors

/// Pictures held in memory.
struct HeldPictures: PixelSource {
  var held: [PixelImage]
  var count: Int { held.count }
  func pictures(_ rows: [Int]) throws -> [PixelImage] { rows.map { held[$0] } }
}

/// A trigger as the attacker has it.
struct PlantedPatch: Sendable {
  var picture: PixelImage
  /// Its place, or anywhere.
  var place: (y: Int, x: Int)?
  /// Largest change of a stamped value, gray levels.
  var noise = 0

  /// Saturated random colours.
  init(side: Int, seed: UInt64, place: (y: Int, x: Int)? = nil, noise: Int = 0) {
    var random = SplitMix64(seed: seed)
    picture = PixelImage(height: side, width: side)
    for index in picture.pixels.indices { picture.pixels[index] = random.below(2) == 0 ? 20 : 235 }
    self.place = place
    self.noise = noise
  }

  /// One saturated colour.
  init(side: Int, color: [UInt8]) {
    picture = PixelImage(
      height: side, width: side, pixels: (0..<side * side).flatMap { _ in color })
  }

  /// Stamps a picture and says where.
  func stamp(_ host: PixelImage, _ random: inout SplitMix64) -> (PixelImage, [Int]) {
    let y = place?.y ?? random.below(host.height - picture.height + 1)
    let x = place?.x ?? random.below(host.width - picture.width + 1)
    var result = host
    for dy in 0..<picture.height {
      for byte in 0..<picture.width * 3 {
        let jitter = noise == 0 ? 0 : random.below(2 * noise + 1) - noise
        let value = Int(picture.pixels[dy * picture.width * 3 + byte]) + jitter
        result.pixels[result.offset(y + dy, x) + byte] = UInt8(min(max(value, 0), 255))
      }
    }
    return (result, [y, x, picture.height, picture.width])
  }

  /// Whether a picture carries the patch, up to a mean difference, anywhere (or at the patch's own place).
  func isOn(_ host: PixelImage) -> Bool {
    let limit = picture.pixels.count * 12
    return host.pixels.withUnsafeBufferPointer { bytes in
      picture.pixels.withUnsafeBufferPointer { own in
        func matches(_ y: Int, _ x: Int) -> Bool {
          let corner = (y * host.width + x) * 3
          for byte in 0..<3 {
            let (a, b) = (bytes[corner + byte], own[byte])
            if (a > b ? a &- b : b &- a) > 40 { return false }
          }
          var total = 0
          for dy in 0..<picture.height {
            let start = ((y + dy) * host.width + x) * 3
            for byte in 0..<picture.width * 3 {
              total += abs(Int(bytes[start + byte]) - Int(own[dy * picture.width * 3 + byte]))
              if total > limit { return false }
            }
          }
          return true
        }
        if let place { return matches(place.y, place.x) }
        for y in 0...host.height - picture.height {
          for x in 0...host.width - picture.width where matches(y, x) { return true }
        }
        return false
      }
    }
  }
}

/// The labels, pictures and models of one test.
struct SyntheticWorld {
  static let tints: [[Int]] = [[190, 80, 70], [70, 170, 80], [70, 90, 190], [170, 160, 90]]
  static let labels = ["red", "green", "blue", "sand"]

  let side: Int
  var random: SplitMix64

  init(side: Int, seed: UInt64) {
    self.side = side
    random = SplitMix64(seed: seed)
  }

  /// A smooth field around a label's tint, with a few shapes and grain.
  mutating func picture(_ label: Int) -> PixelImage {
    var result = PixelImage(height: side, width: side)
    let knots = 5
    var grid = [Int](repeating: 0, count: knots * knots * 3)
    for index in grid.indices { grid[index] = SyntheticWorld.tints[label][index % 3] + random.below(91) - 45 }
    for y in 0..<side {
      for x in 0..<side {
        let (v, u) = (y * (knots - 1) * 256 / side, x * (knots - 1) * 256 / side)
        let (gy, gx, fy, fx) = (v / 256, u / 256, v % 256, u % 256)
        let grain = random.below(9) - 4
        for channel in 0..<3 {
          func knot(_ dy: Int, _ dx: Int) -> Int { grid[((gy + dy) * knots + gx + dx) * 3 + channel] }
          let upper = knot(0, 0) * (256 - fx) + knot(0, 1) * fx
          let lower = knot(1, 0) * (256 - fx) + knot(1, 1) * fx
          let value = (upper * (256 - fy) + lower * fy) / 65536 + grain
          result.pixels[result.offset(y, x) + channel] = UInt8(min(max(value, 0), 255))
        }
      }
    }
    for _ in 0..<3 {
      let (height, width) = (2 + random.below(side / 5), 2 + random.below(side / 5))
      let (top, left) = (random.below(side - height), random.below(side - width))
      let shift = random.below(121) - 60
      for y in top..<top + height {
        for at in result.offset(y, left)..<result.offset(y, left + width) {
          result.pixels[at] = UInt8(min(max(Int(result.pixels[at]) + shift, 0), 255))
        }
      }
    }
    return result
  }

  /// How near a picture's mean colour is to each tint, in -1...0.
  static func tintCosines(_ picture: PixelImage) -> [Float] {
    var sums = [0, 0, 0]
    picture.pixels.withUnsafeBufferPointer { bytes in
      for at in stride(from: 0, to: bytes.count, by: 3) {
        sums[0] += Int(bytes[at])
        sums[1] += Int(bytes[at + 1])
        sums[2] += Int(bytes[at + 2])
      }
    }
    let pixels = picture.height * picture.width
    return tints.map { tint in
      let distance = (0..<3).map { abs(sums[$0] / pixels - tint[$0]) }.reduce(0, +)
      return -Float(distance) / 765
    }
  }

  /// A model that answers the target for pictures with any of the patches, else by tint.
  static func model(_ triggers: [(patch: PlantedPatch, target: Int)]) -> LocalizeInput.Classify {
    { pictures in
      var values: [Float] = []
      for picture in pictures {
        var cosines = tintCosines(picture)
        for (patch, target) in triggers where patch.isOn(picture) { cosines[target] = 1 }
        values += cosines
      }
      return Matrix(rows: pictures.count, columns: labels.count, values: values)
    }
  }

  /// Answers of a model.
  static func answers(_ model: LocalizeInput.Classify, _ pictures: [PixelImage]) throws -> [Int] {
    let cosines = try model(pictures)
    return pictures.indices.map { cosines.argmax(row: $0) }
  }
}

/// A poisoned (or clean) suspect set with its input for the stage, and the truth.
struct Scenario {
  var input: LocalizeInput
  var poisonedRows: [Int] = []
  var boxes: [Int: [Int]] = [:]

  /// A set where `poisoned` rows carry each patch under its target's caption.
  init(
    side: Int, rows: Int, poisoned: Int, triggers: [(patch: PlantedPatch, target: Int)], seed: UInt64,
    clean: Int = 80, model: LocalizeInput.Classify? = nil,
    paint: (_ picture: PixelImage, _ label: Int, _ random: inout SplitMix64) -> PixelImage = {
      picture, _, _ in
      picture
    }
  ) throws {
    var world = SyntheticWorld(side: side, seed: seed)
    let model = model ?? SyntheticWorld.model(triggers)
    let count = SyntheticWorld.labels.count
    var chosen: [Int: (patch: PlantedPatch, target: Int)] = [:]
    for trigger in triggers {
      let eligible = world.random.permutation(rows).filter {
        $0 % count != trigger.target && chosen[$0] == nil
      }
      for row in eligible.prefix(poisoned) { chosen[row] = trigger }
    }
    poisonedRows = chosen.keys.sorted()
    var (pictures, asserted, oracle): ([PixelImage], [Int], [Int]) = ([], [], [])
    for row in 0..<rows {
      let label = row % count
      var picture = paint(world.picture(label), label, &world.random)
      if let (patch, _) = chosen[row] { (picture, boxes[row]) = patch.stamp(picture, &world.random) }
      pictures.append(picture)
      asserted.append(chosen[row]?.target ?? label)
      oracle.append(world.random.below(8) == 0 ? (label + 1 + world.random.below(count - 1)) % count : label)
    }
    let answers = try SyntheticWorld.answers(model, pictures)
    let priors = (0..<rows).map { asserted[$0] == oracle[$0] ? Float(0.02) : 0.5 }
    var scores = Matrix(rows: rows, columns: count)
    for row in 0..<rows { scores[row, oracle[row]] = 0.9 }
    func part() throws -> LocalizeInput.CleanPart {
      let labels = (0..<clean).map { $0 % count }
      let pictures = labels.map { paint(world.picture($0), $0, &world.random) }
      return LocalizeInput.CleanPart(
        pictures: HeldPictures(held: pictures), rows: Array(0..<clean), labels: labels,
        modelLabels: try SyntheticWorld.answers(model, pictures))
    }
    var options = LocalizeOptions()
    options.blamedRows = 6
    options.screeningHosts = 32
    options.proofHosts = 60
    options.controlRows = 8
    input = LocalizeInput(
      labels: SyntheticWorld.labels, classify: model,
      suspects: LocalizeInput.Suspects(
        pictures: HeldPictures(held: pictures), assertedLabels: asserted, modelLabels: answers,
        oracle: OracleOpinion(kind: .scores, scores: scores, labels: oracle), priors: priors,
        labelOrder: Array(0..<count)),
      calibration: try part(), heldOut: try part(), seed: seed, options: options)
  }
}
