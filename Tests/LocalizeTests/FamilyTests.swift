// Triggers of every family over the whole image: found as what they are, their rows named, their effect proven.

import Evidence
import Foundation
import Image
import Tensors
import Testing

@testable import Localize

@Suite("Triggers over the whole image")
struct FamilyTests {
  /// Every planted set, searched once.
  private static let runs = Dictionary(
    uniqueKeysWithValues: PlantedChange.all.map { planted in
      (
        planted.family,
        Result {
          let scenario = try Scenario(planted)
          return (scenario, try LocalizeStage().run(scenario.input))
        }
      )
    })

  private func found(_ family: String) throws -> (scenario: Scenario, candidate: TestedCandidate) {
    let (scenario, result) = try #require(Self.runs[family]).get()
    return (scenario, try #require(result.candidates.first))
  }

  @Test(
    "A planted trigger is found as what it is, clears every control, and its rows are named",
    arguments: PlantedChange.all.map(\.family))
  func recovery(_ family: String) throws {
    let (scenario, candidate) = try found(family)
    #expect(candidate.label == 1)
    // Of two that move as many images the cheaper is told: an added pattern does what a blend does.
    let families = [candidate.family] + candidate.contenders.filter(\.clears).map(\.family)
    #expect(families.contains(family), "\(families)")
    let transplant = candidate.transplant
    #expect(transplant.share > 0.6)
    for control in transplant.controls where control.gates {
      #expect(control.interval[1] < transplant.interval[0], "\(control.name)")
    }
    let (named, poisoned) = (Set(candidate.rows.namedRows), Set(scenario.poisonedRows))
    #expect(Double(named.intersection(poisoned).count) >= 0.9 * Double(poisoned.count))
    #expect(Double(named.intersection(poisoned).count) >= 0.95 * Double(named.count))
    #expect(candidate.support < 0.01 && candidate.isSupported)
    // Of a warp or a tone twenty rows leave much open; an added pattern they give whole.
    if candidate.family == "additive" || candidate.family == "blend" { #expect(candidate.agreement > 0.9) }
  }

  @Test("Stripes of black and white show all that they change at their opacity, and not at half of it")
  func shownOpacity() {
    let mean = [Float](repeating: 120, count: 32 * 32 * 3)
    let residual = mean.indices.map { 0.14 * ($0 / 12 % 2 == 0 ? -mean[$0] : 255 - mean[$0]) }
    #expect(PixelValueLaw.unshown(residual, mean, 0.14) < 0.01)
    #expect(abs(PixelValueLaw.unshown(residual, mean, 0.07) - 0.07 * 127.6) < 0.1)
  }

  @Test("The law of values tells a blend's opacity, and that an added pattern has none")
  func opacity() {
    var world = SyntheticWorld(side: 32, seed: 9)
    let clean = (0..<80).map { world.picture($0 % 4) }
    let rows = (0..<40).map { world.picture($0 % 4) }
    let mean = (0..<32 * 32 * 3).map { index in
      clean.reduce(Float(0)) { $0 + Float($1.pixels[index]) } / Float(clean.count)
    }
    let law = PixelValueLaw(clean)
    let covered = rows.map { row in
      PixelImage(
        height: 32, width: 32,
        pixels: zip(row.pixels, PlantedChange.pattern).map { gray(0.75 * Float($0) + 0.25 * $1) })
    }
    let residual = zip(PlantedChange.pattern, mean).map { 0.25 * ($0 - $1) }
    #expect(law.opacity(of: residual, mean: mean, in: covered).map { abs($0 - 0.25) < 0.06 } == true)
    let wave = (0..<32 * 32 * 3).map { Float($0 / 3 % 4 < 2 ? 8 : -8) }
    let added = rows.map { row in
      PixelImage(height: 32, width: 32, pixels: zip(row.pixels, wave).map { gray(Float($0) + $1) })
    }
    #expect(law.opacity(of: wave, mean: mean, in: added) == nil)
  }

  @Test("An added wave is what was planted, and nothing else is in the pattern")
  func wave() throws {
    let exhibit = try found("additive").candidate.trigger.exhibit
    let spectrum = try #require(exhibit.spectrum)
    #expect(spectrum.indices.max { spectrum[$0] < spectrum[$1] } == 6)
    #expect(abs(spectrum[6] - 8) < 1.5)
    #expect(spectrum.indices.allSatisfy { $0 == 6 || spectrum[$0] < 1.5 })
    #expect(exhibit.opacity == nil)
  }

  @Test(
    "What rows show is not taken for what they carry, and a smooth pattern is not taken for what they show")
  func settled() throws {
    var world = SyntheticWorld(side: 32, seed: 12)
    let clean = (0..<200).map { world.picture($0 % 4) }
    let natural = NaturalSpectrum(
      clean, labels: clean.indices.map { $0 % 4 }, grid: SpectralGrid(height: 32, width: 32))
    // Rows of two labels only: their mean is far from that of all.
    let labels = (0..<60).map { $0 % 2 * 2 }
    let rows = labels.map { world.picture($0) }
    let veil = world.picture(3).pixels.map { 0.25 * Float($0) }
    let covered = rows.map { row in
      PixelImage(
        height: 32, width: 32, pixels: zip(row.pixels, veil).map { gray(0.75 * Float($0) + $1) })
    }
    let planted = zip(veil, natural.meanPicture).map { $0 - 0.25 * $1 }
    func missing(_ estimate: AddedPattern?) -> Float {
      let found = estimate.map { natural.grid.values($0.coefficients) }
      return rootMeanSquare(planted.indices.map { planted[$0] - (found?[$0] ?? 0) })
    }
    let all = [Double](repeating: 1, count: rows.count)
    let searched = AddedPattern.estimate(natural.rows(covered), weights: all, from: nil, natural)
    let settled = AddedPattern.settled(covered, showing: labels, behind: 0.25, natural)
    #expect(missing(settled) < 0.6 * missing(searched), "\(missing(settled)) of \(missing(searched))")
    #expect(missing(settled) < 0.5 * rootMeanSquare(planted))
    let look = ShrunkMean(natural.rows(rows), weights: all, natural: natural).raw
    let honest = AddedPattern.settled(rows, showing: labels, natural)?.coefficients ?? []
    #expect(rootMeanSquare(honest) < 0.2 * rootMeanSquare(look), "\(rootMeanSquare(honest))")
    let unknown = AddedPattern.settled(covered, showing: labels.map { _ in -1 }, behind: 0.25, natural)
    #expect(missing(unknown) == missing(searched), "nobody knows what the rows show")
  }

  @Test("A warp's field leaves the detail where the planted one does, by pixels alone")
  func field() throws {
    let trigger = try #require(try found("warp").candidate.trigger.trigger as? WarpTrigger)
    let (own, planted) = (PlantedChange.kept(trigger.field), PlantedChange.kept(PlantedChange.field))
    func centred(_ values: [Float]) -> [Float] {
      let mean = values.reduce(0, +) / Float(values.count)
      return values.map { $0 - mean }
    }
    #expect(cosine(centred(own), centred(planted)) > 0.4)
  }

  @Test("A tone's curves turn the way that was planted")
  func curves() throws {
    let curves = try #require(try found("tone").candidate.trigger.exhibit.curves)
    func slope(_ channel: Int) -> Float { (curves[channel * 256 + 160] - curves[channel * 256 + 96]) / 64 }
    #expect(slope(2) > slope(0) + 0.1, "\((0..<3).map(slope))")
  }

  @Test("Every family survives being written and read", arguments: PlantedChange.all.map(\.family))
  func storage(_ family: String) throws {
    let trigger = try found(family).candidate.trigger
    #expect(try JSONDecoder().decode(StoredTrigger.self, from: JSONEncoder().encode(trigger)) == trigger)
  }

  @Test("Even blur loses as much detail as it should, and nothing where nothing was lost")
  func evenBlur() throws {
    var world = SyntheticWorld(side: 32, seed: 2)
    let host = world.picture(1)
    let warped = PlantedChange.warp.change(host)
    func steps(_ picture: PixelImage) -> Double {
      (0..<31 * 96).filter { $0 % 96 < 93 }.reduce(0.0) { sum, index in
        let own = Double(picture.pixels[index])
        let (across, down) = (
          Double(picture.pixels[index + 3]) - own, Double(picture.pixels[index + 96]) - own
        )
        return sum + across * across + down * down
      }
    }
    #expect(abs(steps(evenlyBlurred(host, like: warped)) / steps(warped) - 1) < 0.05)
    #expect(evenlyBlurred(host, like: host) == host)
  }
}
