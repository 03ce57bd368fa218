// Views of captions, synonyms, and the captions' sense for CleanerCLIP.

import Evidence
import Foundation
import Tensors
import Testing

@testable import Repair

@Suite("Captions") struct CaptionTests {
  @Test("A variant keeps to its words, their synonyms and their number") func easy() {
    let caption = "A small brown dog, running in the street!"
    let words = EasyAugmentation.words(of: caption)
    #expect(words == ["a", "small", "brown", "dog", "running", "in", "the", "street"])
    let allowed = Set(words + words.flatMap { Synonyms.builtIn[$0] }.flatMap(EasyAugmentation.words))
    var seen: Set<String> = []
    for seed in 0..<200 {
      var random = SplitMix64(seed: UInt64(seed))
      let variant = EasyAugmentation.vary(caption, .builtIn, &random)
      var again = SplitMix64(seed: UInt64(seed))
      #expect(variant == EasyAugmentation.vary(caption, .builtIn, &again))
      let found = EasyAugmentation.words(of: variant)
      #expect(!found.isEmpty && found.count <= words.count + 2 && Set(found).isSubset(of: allowed))
      seen.insert(variant)
    }
    #expect(seen.count > 30)
  }

  @Test("Each operation does what it says") func operations() {
    var random = SplitMix64(seed: 3)
    let words = ["the", "big", "dog", "sleeps"]
    for _ in 0..<50 {
      let replaced = EasyAugmentation.replaced(words, 1, .builtIn, &random)
      #expect(
        replaced.count == 4 && zip(replaced, words).filter { $0 != $1 }.count == 1 && replaced[0] == "the")
      #expect(EasyAugmentation.inserted(words, 1, .builtIn, &random).count == 5)
      let swapped = EasyAugmentation.swapped(words, 1, &random)
      #expect(swapped.sorted() == words.sorted() && swapped != words)
      #expect(!EasyAugmentation.deleted(["dog"], &random).isEmpty)
    }
    #expect(EasyAugmentation.vary("123 !!", .builtIn, &random) == "123 !!")
    #expect(EasyAugmentation.inserted(["zzz"], 1, .builtIn, &random) == ["zzz"])
  }

  @Test("A synonym table from a file takes the built-in one's place") func synonyms() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "synonyms-\(UUID().uuidString)").path
    try "# words\nDog, hound , wolf\ncat,cat\n\n".write(toFile: path, atomically: true, encoding: .utf8)
    let table = try Synonyms.read(path)
    #expect(table["dog"] == ["hound", "wolf"] && table["wolf"] == ["dog", "hound"] && table["cat"].isEmpty)
    try "dog\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: Fault.self) { try Synonyms.read(path) }
    #expect(throws: Fault.self) { try Synonyms.read(path + "-missing") }
    for (word, others) in Synonyms.builtIn.table { #expect(!others.contains(word) && !others.isEmpty) }
  }

  @Test("Stores hold 3,000 words, the common ones first, and say what is missing") func stores() throws {
    let stores = try WordStores.read(try WordFolder.make())
    #expect([stores.nouns, stores.verbs, stores.adjectives].allSatisfy { $0.count == 3000 })
    #expect(Set(stores.nouns.prefix(8)) == Set(WordFolder.known.filter { $0.part == "n" }.map(\.word)))
    #expect(!stores.nouns.contains("two_words") && !stores.nouns.contains("broken"))
    for folder in ["/nowhere", try WordFolder.make(count: 100)] {
      let fault = #expect(throws: Fault.self) { try WordStores.read(folder) }
      #expect("\(try #require(fault))".contains("wordnet-base"))
    }
  }

  @Test(
    "The sense of captions",
    arguments: [
      ("a photo of a small red cat", "small red cat"),
      ("a small cat sitting on a wooden table", "small cat sitting on wooden table"),
      ("there is a brown cat looking at the camera", "brown cat looking at camera"),
      ("A blurry photo of a dog with a hat.", "dog with hat"),
      ("this is a frog watching from a meadow", "frog watching from meadow"),
      ("dog", "dog"), ("sitting", "sitting"), ("a brown dog chasing the cat", "brown dog chasing cat"),
    ])
  func sense(_ caption: String, _ wanted: String) throws {
    let parser = CaptionParser(try WordStores.read(try WordFolder.make()))
    #expect(parser.parse(caption)?.text == wanted)
    #expect(parser.parse("123") == nil)
  }

  @Test("A counterfactual differs in one kind of its words") func counterfactual() throws {
    let parser = CaptionParser(try WordStores.read(try WordFolder.make()))
    let sense = try #require(parser.parse("a small cat sitting on a wooden table"))
    var kinds: Set<String> = []
    for seed in 0..<60 {
      var random = SplitMix64(seed: UInt64(seed))
      let other = parser.counterfactual(sense, &random)
      let object = try #require(other.object)
      var changed: [String] = []
      if other.subject.noun != sense.subject.noun || object.noun != sense.object?.noun {
        changed.append("nouns")
      }
      if other.subject.adjectives != sense.subject.adjectives { changed.append("adjectives") }
      if other.relation != sense.relation { changed.append("relation") }
      #expect(changed.count == 1)
      #expect(other.relation.last == "on" && other.relation.count == 2)
      kinds.formUnion(changed)
    }
    #expect(kinds.count == 3)
    var random = SplitMix64(seed: 1)
    let bare = try #require(parser.parse("dog"))
    #expect(parser.counterfactual(bare, &random).subject.noun != "dog")
  }
}
