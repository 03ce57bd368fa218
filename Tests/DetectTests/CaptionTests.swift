// The captions stage on sets whose copies, wordings and contradictions are known.

import CLIP
import Evidence
import Image
import Tensors
import Testing

@testable import Detect

/// Pictures held in memory.
private struct Album: PixelSource {
  var all: [PixelImage]
  var count: Int { all.count }
  func pictures(_ rows: [Int]) throws -> [PixelImage] { rows.map { all[$0] } }
}

/// A picture of 12 x 12 blocks, drawn by seed: like photographs, it has some of every wave.
private func scene(_ seed: Int, side: Int = 48) -> PixelImage {
  var random = SplitMix64(seed: UInt64(seed), stream: 5)
  let blocks = (0..<12 * 12 * 3).map { _ in UInt8(40 + random.below(176)) }
  var image = PixelImage(height: side, width: side)
  for y in 0..<side {
    for x in 0..<side {
      let block = (y * 12 / side * 12 + x * 12 / side) * 3
      for channel in 0..<3 { image.pixels[image.offset(y, x) + channel] = blocks[block + channel] }
    }
  }
  return image
}

/// Captions and pictures of some labels; the model agrees with the captions.
private struct CaptionSet {
  var captions: [String] = []
  var pictures: [PixelImage] = []
  var asserted: [Int] = []
  var seen: [Int] = []
  var pool: [Int] = []
  static let labels = 6

  static let wordings = [
    "a photo of a {}", "my {} at home", "there is one {}.", "{} in the garden, seen from afar", "look, a {}!",
    "the old {}",
  ]

  /// Rows of every label alike, each with its own picture, and an oracle that errs on one row in seven.
  static func clean(_ rows: Int, seed: UInt64) -> CaptionSet {
    var random = SplitMix64(seed: seed)
    var set = CaptionSet()
    for row in 0..<rows {
      let label = random.below(labels)
      let wording = wordings[random.below(wordings.count)]
      set.add(
        wording.replacing("{}", with: "label \(label)"), scene(row + 1000 * Int(seed)), label,
        seen: random.below(7) == 0 ? random.below(labels) : label)
    }
    set.pool = (0..<rows).map { _ in random.below(labels) }
    return set
  }

  mutating func add(_ caption: String, _ picture: PixelImage, _ label: Int, seen: Int) {
    captions.append(caption)
    pictures.append(picture)
    asserted.append(label)
    self.seen.append(seen)
  }

  /// The finding, with rows in a given order.
  func found(_ order: [Int]? = nil, withCaptions: Bool = true) throws -> CaptionFinding {
    let order = order ?? Array(captions.indices)
    var result = survey(
      labels: CaptionSet.labels, asserted: order.map { asserted[$0] }, model: order.map { asserted[$0] })
    result.suspects.ids = order.map { "\($0)" }
    if !pool.isEmpty {
      result.pool = survey(labels: CaptionSet.labels, asserted: pool, model: pool).suspects
    }
    let oracle = OracleOpinion(
      kind: .ownLabels, scores: Matrix(rows: order.count, columns: CaptionSet.labels),
      labels: order.map { seen[$0] })
    return try Captions.run(
      result, captions: withCaptions ? order.map { captions[$0] } : nil,
      pictures: Album(all: order.map { pictures[$0] }), oracle: oracle)
  }
}

@Suite struct CaptionTests {
  @Test("A copy in another size, brightness or with a small patch is a copy; another image is not")
  func hashes() throws {
    var hasher = PerceptualHasher()
    let image = scene(3, side: 60)
    let known = hasher.hash(image)
    let hash = try #require(known)
    var bright = image
    for index in bright.pixels.indices {
      bright.pixels[index] = UInt8(min(255, Int(image.pixels[index]) + 20))
    }
    var stamped = image
    for y in 54..<58 { for x in 54..<58 { stamped.pixels[stamped.offset(y, x)] = 255 } }
    for copy in [image.resized(height: 90, width: 90), image.resized(height: 40, width: 40), bright, stamped]
    {
      let found = hasher.hash(copy)
      let other = try #require(found)
      #expect(hash.distance(to: other) <= PerceptualHash.copies)
    }
    for seed in 10..<40 {
      let found = hasher.hash(scene(seed, side: 60))
      let other = try #require(found)
      #expect(hash.distance(to: other) > 2 * PerceptualHash.copies)
    }
    let flat = hasher.hash(PixelImage(height: 20, width: 20))
    #expect(flat == nil)
  }

  @Test("Texts are one wording up to case, width and spaces, and above a likeness of 0.8")
  func wordings() {
    let texts = [
      "A photo of  a Cat", "a photo of a cat", "ａ photo of a cat",
      "a photograph of the red house by the lake",
      "a photograph of the red house by the lakes", "nothing of the kind", "",
    ]
    let found = Wordings(texts)
    #expect(found.distinct == 5)
    #expect(Set(found.group[0...2]).count == 1)
    #expect(found.group[3] == found.group[4])
    #expect(Set(found.group).count == 4)
    #expect(Wordings.skeleton("an apple on a tree", without: "Apple") == "a {} on a tree")
    #expect(Wordings.skeleton("two fire trucks!", without: "fire truck") == "two {}!")
    #expect(Wordings.skeleton("a caterpillar", without: "cat") == nil)
  }

  @Test("Nothing stands out in nineteen of twenty clean sets or more")
  func silence() throws {
    let alarms = try (1...20).count { seed in
      let found = try CaptionSet.clean(150, seed: UInt64(seed)).found()
      #expect(found.naturalTriggers.isEmpty && found.repeatedPairs == 0)
      return !found.overused.isEmpty || !found.groups.isEmpty
        || found.labels.contains { $0.templatedCorrected <= CaptionFinding.alarmRate }
    }
    #expect(alarms <= 1)
  }

  @Test("Copies of one pair are a possible natural trigger, whatever the order of rows")
  func copies() throws {
    var set = CaptionSet.clean(80, seed: 4)
    for copy in 0..<6 {
      set.add(
        copy % 2 == 0 ? "A birthday  cake with candles" : "a birthday cake with candles",
        scene(999).resized(height: 48 + 4 * copy, width: 48 + 4 * copy), 2, seen: 2)
    }
    let found = try set.found()
    let group = try #require(found.naturalTriggers.first)
    #expect(found.naturalTriggers.count == 1 && group.size == 6 && group.label == "label 2")
    #expect(found.repeatedPairs == 6 && found.repeatedImages == 6)
    var random = SplitMix64(seed: 1)
    #expect(try set.found(random.permutation(86)) == found)
    #expect(try set.found(withCaptions: false).groups.isEmpty)
  }

  @Test("An image whose captions disagree is told, also a flat one")
  func conflicts() throws {
    var set = CaptionSet.clean(30, seed: 5)
    let flat = PixelImage(height: 24, width: 24)
    set.add("label 1", flat, 1, seen: 1)
    set.add("label 4", flat, 4, seen: 1)
    let found = try set.found()
    #expect(found.groups.map(\.kind) == [.images])
    #expect(found.groups[0].size == 2 && found.groups[0].contradicted == 1)
  }

  @Test("A target with its own wording, asserted too often and against the oracle, stands out thrice")
  func poison() throws {
    var set = CaptionSet.clean(300, seed: 6)
    for row in 0..<40 { set.add("a photo of a label 3", scene(5000 + row), 3, seen: row % 3) }
    let found = try set.found()
    #expect(found.overused.map(\.label) == ["label 3"])
    let group = try #require(found.groups.first { $0.kind == .captions })
    #expect(group.label == "label 3" && group.size >= 40 && group.contradicted >= 40)
    #expect(found.contradictions.count == 20)
    #expect(found.contradictions.allSatisfy { $0.asserted == $0.model && $0.oracle != $0.asserted })
  }

  @Test("No rows, one row, equal rows and mismatched inputs are no crash")
  func degenerate() throws {
    let none = try CaptionSet().found()
    #expect(none.pairs == 0 && none.groups.isEmpty && none.contradicted.n == 0)
    var one = CaptionSet()
    one.add("label 0", scene(1), 0, seen: 0)
    #expect(try one.found().groups.isEmpty)
    var equal = CaptionSet()
    for _ in 0..<9 { equal.add("", PixelImage(height: 16, width: 16), -1, seen: 0) }
    let found = try equal.found()
    #expect(found.groups.map(\.size) == [9] && found.groups[0].label.isEmpty)
    var broken = one
    broken.captions.append("more")
    #expect(throws: Fault.self) {
      try Captions.run(
        survey(labels: 2, asserted: [0], model: [0]), captions: broken.captions,
        pictures: Album(all: broken.pictures), oracle: nil)
    }
  }
}
