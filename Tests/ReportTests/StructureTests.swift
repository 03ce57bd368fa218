// The outline, the links and the words of the finished file, as other programs see them (report.md E5, tests 3, 5 and 9).

import Foundation
import Testing

@testable import Report

@Suite(.serialized) struct StructureTests {
  /// Titles of an outline, level by level.
  private func titles(_ entries: [[String: Any]]) -> [String] {
    entries.flatMap { entry in
      [entry["title"] as? String ?? ""] + titles(entry["kids"] as? [[String: Any]] ?? [])
    }
  }

  @Test(
    "The outline holds every section and finding once, and each has a destination that links can reach",
    arguments: ["demonstrated", "repaired", "not found", "hostile"])
  func outline(name: String) throws {
    let made = try #require(ReportFileTests.cases.first { $0.name == name }).made
    let kinds = Pages.all.filter { $0.applies(to: made.dossier) }
    let cards = FindingCard.all(made.dossier)
    try withReport(made) { path in
      let json = try run("qpdf", ["--json", "--json-key=outlines", path]).output
      let root = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let listed = titles(try #require(root["outlines"] as? [[String: Any]]))
      #expect(listed.count == kinds.count + cards.count)
      for kind in kinds { #expect(listed.filter { $0 == kind.title }.count == 1) }
      for card in cards { #expect(listed.filter { $0.hasPrefix(card.id + " ") }.count == 1) }
      let destinations = try run("pdfinfo", ["-dests", path]).output.split(separator: "\n").dropFirst()
      let names = destinations.compactMap { $0.split(separator: "\"").last.map(String.init) }
      #expect(names.count == kinds.count + cards.count && Set(names).count == names.count)
      for name in kinds.map({ $0.name }) + cards.map(\.name) { #expect(names.contains(name)) }
    }
  }

  @Test("Words of the file lie in the type area, and none lies over another", arguments: [0, 1, 2, 3])
  func words(format: Int) throws {
    let format = LayoutTests.formats[format]
    let grid = Grid(format)
    for made in [SyntheticCase.repaired, .hostile] {
      try withReport(made, format) { path in
        let markup = try run("pdftotext", ["-bbox-layout", path, "-"]).output
        let pages = markup.components(separatedBy: "<page ").dropFirst()
        #expect(pages.count >= 12)
        for (index, page) in pages.enumerated() {
          let words = page.components(separatedBy: "<word ").dropFirst().compactMap(word)
          #expect(!words.isEmpty)
          for (position, word) in words.enumerated() {
            #expect(
              word.frame.x >= (grid.margin - 2) * grid.scale
                && word.frame.maxX <= (grid.right + 2) * grid.scale,
              "page \(index + 1): \(word.text)")
            for other in words[..<position] where overlap(word.frame, other.frame) > 0.2 {
              Issue.record("page \(index + 1): “\(word.text)” lies over “\(other.text)”")
            }
          }
        }
      }
    }
  }

  private func word(_ markup: String) -> (text: String, frame: Rect)? {
    var values: [Double] = []
    for key in ["xMin=\"", "yMin=\"", "xMax=\"", "yMax=\""] {
      guard let start = markup.range(of: key) else { return nil }
      let rest = markup[start.upperBound...]
      guard let value = Double(rest.prefix { $0 != "\"" }) else { return nil }
      values.append(value)
    }
    let text = markup.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" }
    let frame = Rect(x: values[0], y: values[1], width: values[2] - values[0], height: values[3] - values[1])
    return (String(text), frame)
  }

  /// The common area, as a part of the smaller one.
  private func overlap(_ a: Rect, _ b: Rect) -> Double {
    let width = min(a.maxX, b.maxX) - max(a.x, b.x)
    let height = min(a.maxY, b.maxY) - max(a.y, b.y)
    let smaller = min(a.width * a.height, b.width * b.height)
    return width > 0 && height > 0 && smaller > 0 ? width * height / smaller : 0
  }

  @Test("Letter paper and larger print are what the file says they are")
  func paper() throws {
    for (format, words) in zip(LayoutTests.formats, ["(A4)", "(letter)", "(A4)", "(letter)"]) {
      try withReport(SyntheticCase.notFound, format) { path in
        let (info, check) = (try run("pdfinfo", [path]), try run("qpdf", ["--check", path]))
        #expect(info.output.contains(words) && check.status == 0)
      }
    }
  }

  @Test("Headings nest without gaps, and rows stand in tables only")
  func tags() throws {
    let layout = Layout(
      SyntheticCase.repaired.dossier, Pages.all, setter: try TextSetter(), format: PageFormat())
    var stack: [Report.Tag] = []
    var seen: Set<String> = []
    for case let box in layout.pages.joined() {
      switch box {
      case .open(let tag):
        if tag == .row { #expect(stack.last == .table) }
        if tag == .cell || tag == .head { #expect(stack.last == .row) }
        if tag != .document { #expect(stack.first == .document) }
        stack.append(tag)
        seen.insert(tag.rawValue)
      case .close(let tag): #expect(stack.popLast() == tag)
      default: break
      }
    }
    #expect(stack.isEmpty && seen.isSuperset(of: ["Document", "Sect", "H1", "H2", "P", "Table", "Figure"]))
  }
}
