// Pages as pictures: the verdicts in grey, and a few pages beside pictures of themselves that were looked at
// (report.md E5, tests 10 and 18).

import Evidence
import Foundation
import Glibc
import Image
import Testing

@testable import Report

@Suite(.serialized) struct PageImageTests {
  /// CIE lightness of a gray level.
  private func lightness(_ level: UInt8) -> Double {
    let value = Double(level) / 255
    let y = value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y
  }

  @Test("Printed in grey, the four verdicts and an accepted repair still stay apart")
  func grey() throws {
    var levels: [Double] = []
    for made in [SyntheticCase.repaired, .suspected, .notFound, .inconclusive] {
      try withReport(made) { path in
        let page = try rendered(path, page: 1, dotsPerInch: 72, gray: true)
        levels.append(lightness(page.pixels[page.offset(82, 56)]))
        guard made.findings.repair != nil else { return }
        // The mark of the repair: the darkest band left of its words.
        let mark = try #require(repairMark(page))
        levels.append(lightness(mark))
      }
    }
    let sorted = levels.sorted()
    #expect(sorted.count == 5)
    for (a, b) in zip(sorted, sorted.dropFirst()) { #expect(b - a >= 8, "\(sorted)") }
  }

  /// The commonest dark level of the square beside the words on the repair, in the tile's lower part.
  private func repairMark(_ page: PixelImage) -> UInt8? {
    var counts: [UInt8: Int] = [:]
    for y in 140..<172 {
      for x in 176..<186 {
        let level = page.pixels[page.offset(y, x)]
        if level < 150 { counts[level, default: 0] += 1 }
      }
    }
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/report").standardizedFileURL

  @Test(
    "Pages look as they did when they were looked at",
    arguments: ["verdict", "trigger", "repair"])
  func lookedAt(section: String) throws {
    let made = SyntheticCase.repaired
    let layout = Layout(made.dossier, Pages.all, setter: try TextSetter(), format: PageFormat())
    let page = try #require(layout.bookmarks[section])
    let file = Self.golden.appendingPathComponent("\(section).png")
    try withReport(made) { path in
      let stem = path + "-golden"
      _ = try run(
        "pdftoppm",
        ["-r", "50", "-gray", "-png", "-f", "\(page)", "-l", "\(page)", "-singlefile", path, stem])
      let drawn = try Data(contentsOf: URL(fileURLWithPath: stem + ".png"))
      if ProcessInfo.processInfo.environment["ASSAY_GOLDEN"] == "write" {
        try FileManager.default.createDirectory(at: Self.golden, withIntermediateDirectories: true)
        try drawn.write(to: file)
      }
      let seen = try PixelImage.decode([UInt8](drawn), name: "drawn")
      let kept = try PixelImage.decode([UInt8](try Data(contentsOf: file)), name: file.lastPathComponent)
      #expect(seen.height == kept.height && seen.width == kept.width)
      let pixels = zip(seen.pixels, kept.pixels).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
      let different = pixels.filter { abs(Int($0) - Int($1)) > 8 }.count
      #expect(
        Double(different) <= 0.005 * Double(pixels.count), "\(different) of \(pixels.count) pixels differ")
    }
  }
}
