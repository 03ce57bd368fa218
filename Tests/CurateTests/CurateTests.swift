// What the compact set promises, on small sets whose every picture is known.

import Curate
import Evidence
import Image
import Tensors
import Testing

/// Pictures held in memory.
private struct Pictures: PixelSource {
  var all: [PixelImage]
  var count: Int { all.count }
  func pictures(_ rows: [Int]) throws -> [PixelImage] { rows.map { all[$0] } }
}

/// Pictures of noise, each its own.
private func noise(_ count: Int, seed: UInt64) -> [PixelImage] {
  var random = SplitMix64(seed: seed)
  return (0..<count).map { _ in
    PixelImage(height: 8, width: 8, pixels: (0..<192).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }
}

/// Five labels, 0 the target, 1 and 2 victims; 20 named pairs and a pool of 200, of which the last 40 are held out.
private func input(size: Int = 100) -> CurationInput {
  let pool = CurationInput.Pool(
    pictures: Pictures(all: noise(200, seed: 1)), ids: (0..<200).map { "clean-\($0)" },
    captions: (0..<200).map { $0 % 10 == 0 ? "" : "my picture number \($0)" },
    labels: (0..<200).map { $0 % 5 },
    replay: Array(0..<160), heldOut: Array(160..<200))
  let suspects = (0..<20).map { row in
    CurationInput.Suspect(
      row: row, box: PixelBox(y: 1, x: 2, height: 3, width: 3), trueLabel: 1 + row % 2, assertedLabel: 0,
      target: 0)
  }
  return CurationInput(
    labels: ["ship", "cat", "dog", "frog", "deer"], targets: [0], victims: [2, 1], suspects: suspects,
    suspectPictures: Pictures(all: noise(20, seed: 2)), suspectIDs: (0..<20).map { "suspect-\($0)" },
    pool: pool,
    size: size, seed: 3)
}

private func counts(_ set: CuratedSet) -> [String: Int] {
  Dictionary(grouping: set.rows, by: \.role).mapValues(\.count)
}

@Suite struct CurateTests {
  @Test("Every rule gets its share, and replay what others leave")
  func budget() throws {
    let set = try Curate.run(input())
    #expect(
      counts(set) == [
        "healed": 20, "target-anchor": 10, "triggered-twin": 20, "victim-anchor": 20, "replay": 30,
      ])
    #expect(set.rows.count == 100 && set.pictures.count == 100)
    #expect(counts(try Curate.run(input(size: 40)))["healed"] == 10)
    #expect(try Curate.run(input(size: 3)).rows.count == 3)
  }

  @Test("Shares sum to one, roles are unique, and replay stands last")
  func registry() {
    #expect(abs(CurationRules.all.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    #expect(Set(CurationRules.all.map { $0.role }).count == CurationRules.all.count)
    #expect(CurationRules.all.last?.role == "replay")
    #expect(
      CurationRules.all.dropLast().map { $0.role } == CurationRules.all.dropLast().map { $0.role }.sorted())
  }

  @Test("No named pair keeps the attacker's label, and every pair says why it is in")
  func captions() throws {
    let set = try Curate.run(input())
    for row in set.rows {
      #expect(!row.reason.isEmpty && row.reason.hasSuffix("."))
      if row.source == "suspects" {
        #expect(row.label != 0)
        #expect(row.caption == "a photo of a \(["ship", "cat", "dog", "frog", "deer"][row.label])")
      } else {
        let number = try #require(Int(row.sourceId.dropFirst("clean-".count)))
        #expect(row.label == number % 5)
        let own =
          number % 10 == 0 ? "a photo of a \(number % 5 == 0 ? "ship" : "?")" : "my picture number \(number)"
        #expect(row.caption == own)
      }
    }
  }

  @Test("Pairs whose true label is unknown, the target or the attacker's own are left out")
  func unknown() throws {
    var changed = input()
    changed.suspects[0].trueLabel = -1
    changed.suspects[1].trueLabel = 0
    changed.suspects[2].assertedLabel = changed.suspects[2].trueLabel
    let set = try Curate.run(changed)
    #expect(set.withoutTrueLabel == 3)
    let used = Set(set.rows.filter { $0.source == "suspects" }.map(\.sourceId))
    #expect(used == Set((3..<20).map { "suspect-\($0)" }))
  }

  @Test("A held-out picture never gets in, neither as a clean pair, nor as a suspect, nor healed")
  func heldOut() throws {
    var changed = input(size: 200)
    var pool = noise(200, seed: 1)
    var suspects = noise(20, seed: 2)
    pool[170] = suspects[4]
    pool[7] = pool[180]
    suspects[5] = pool[181]
    pool[182] = suspects[6].healed(PixelBox(y: 1, x: 2, height: 3, width: 3))
    changed.pool.pictures = Pictures(all: pool)
    changed.suspectPictures = Pictures(all: suspects)
    let set = try Curate.run(changed)
    let forbidden = Set(pool[160...].map(\.pixelDigest))
    #expect(set.pictures.allSatisfy { !forbidden.contains($0.pixelDigest) })
    #expect(!set.rows.contains { ["suspect-4", "suspect-5", "clean-7"].contains($0.sourceId) })
    #expect(set.rows.contains { $0.sourceId == "suspect-6" && $0.role == "triggered-twin" })
    #expect(!set.rows.contains { $0.sourceId == "suspect-6" && $0.role == "healed" })
    #expect(set.droppedAsHeldOut == 4)
  }

  @Test("Equal pictures get in once")
  func duplicates() throws {
    var changed = input(size: 400)
    var pool = noise(200, seed: 1)
    for row in 1..<6 { pool[row * 5] = pool[0] }
    changed.pool.pictures = Pictures(all: pool)
    let set = try Curate.run(changed)
    #expect(Set(set.pictures.map(\.pixelDigest)).count == set.pictures.count)
    #expect(set.droppedAsDuplicates == 5)
    #expect(set.rows.count == 20 + 20 + 160 - 5)
  }

  @Test("A healed picture differs from its twin in the box alone")
  func healing() throws {
    let set = try Curate.run(input())
    let box = PixelBox(y: 1, x: 2, height: 3, width: 3)
    for (index, row) in set.rows.enumerated() where row.role == "healed" {
      let twin = try #require(
        set.rows.firstIndex { $0.role == "triggered-twin" && $0.sourceId == row.sourceId })
      let (healed, kept) = (set.pictures[index], set.pictures[twin])
      #expect(healed != kept)
      for place in 0..<64 where !(box.rows.contains(place / 8) && box.columns.contains(place % 8)) {
        #expect(healed.pixels[place * 3..<place * 3 + 3] == kept.pixels[place * 3..<place * 3 + 3])
      }
    }
  }

  @Test("Replay is balanced over the other labels, anchors over the victims")
  func balance() throws {
    let rows = try Curate.run(input()).rows
    #expect(rows.filter { $0.role == "replay" && $0.label == 3 }.count == 15)
    #expect(rows.filter { $0.role == "replay" && $0.label == 4 }.count == 15)
    #expect(rows.filter { $0.role == "victim-anchor" && $0.label == 1 }.count == 10)
    #expect(rows.filter { $0.role == "target-anchor" }.allSatisfy { $0.label == 0 })
  }

  @Test("The same seed gives the same set, another seed another")
  func seeds() throws {
    var other = input()
    other.seed = 4
    #expect(try Curate.run(input()) == (try Curate.run(input())))
    #expect(try Curate.run(input()).rows != (try Curate.run(other)).rows)
  }

  @Test("A trigger without a box leaves no healed pair, and its budget passes on")
  func withoutBox() throws {
    var changed = input()
    for index in changed.suspects.indices { changed.suspects[index].box = nil }
    let roles = counts(try Curate.run(changed))
    #expect(roles["healed"] == nil)
    #expect(roles["replay"] == 50)
  }

  @Test("The summary counts roles and labels")
  func summary() throws {
    let summary = try Curate.run(input()).summary(labels: input().labels)
    #expect(summary.size == 100)
    #expect(summary.roles.reduce(0) { $0 + $1.count } == 100)
    #expect(summary.labels.values.reduce(0, +) == 100)
    #expect(summary.labels["frog"] == 15)
  }

  @Test("An input that contradicts itself, or leaves nothing, is refused in one sentence")
  func refusals() {
    var empty = input()
    empty.suspects = []
    empty.pool.replay = []
    var outside = input()
    outside.pool.heldOut.append(200)
    var row = input()
    row.suspects[0].row = 20
    var size = input()
    size.size = 0
    for wrong in [empty, outside, row, size] { #expect(throws: Fault.self) { try Curate.run(wrong) } }
  }

  @Test("With two backdoors both targets are anchored, and a pair of one may be told that it shows the other")
  func severalTargets() throws {
    var both = input(size: 120)
    both.targets = [0, 3]
    // The second backdoor forces frog; some of its pairs show ships, the first one's target.
    for place in 10..<20 {
      both.suspects[place].target = 3
      both.suspects[place].assertedLabel = 3
      both.suspects[place].trueLabel = place % 2 == 0 ? 0 : 1
    }
    let set = try Curate.run(both)
    let anchors = set.rows.filter { $0.role == "target-anchor" }
    #expect(Set(anchors.map(\.label)) == [0, 3])
    let twins = set.rows.filter { $0.role == "triggered-twin" }
    #expect(twins.count == 20 && twins.contains { $0.label == 0 })
    #expect(!twins.contains { $0.label == 3 }, "no pair of the second backdoor keeps its attacker's label")
  }
}
