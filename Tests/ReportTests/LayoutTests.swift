// Where things lie (report.md E5, test 5; E3.5), seen on the layout before anything is drawn: nothing outside the page's
// type area, nothing over anything else, nothing too small to read; on every paper and at every scale of print.

import Foundation
import Testing

@testable import Report

struct LayoutTests {
  static let formats = [
    PageFormat(), PageFormat(paper: .letter), PageFormat(scale: 1.25),
    PageFormat(paper: .letter, scale: 1.25),
  ]

  private func layout(_ made: SyntheticCase, _ format: PageFormat = PageFormat()) throws -> Layout {
    Layout(made.dossier, Pages.all, setter: try TextSetter(), format: format)
  }

  private struct Box {
    var text: String
    var frame: Rect
    var size: Double
  }

  private func texts(_ page: [Layout.Box]) -> [Box] {
    page.compactMap {
      switch $0 {
      case .text(let text, let frame), .link(let text, let frame, _):
        Box(text: text.plain, frame: frame, size: text.fontSize)
      default: nil
      }
    }
  }

  @Test(
    "Every text lies inside the margins, at a readable size, over no other text",
    arguments: ReportFileTests.cases.map(\.name), formats.indices.map { $0 })
  func texts(name: String, format: Int) throws {
    let made = try #require(ReportFileTests.cases.first { $0.name == name }).made
    let layout = try layout(made, Self.formats[format])
    let grid = layout.grid
    for (index, page) in layout.pages.enumerated() {
      let boxes = texts(page)
      #expect(boxes.count >= 3)
      for (position, box) in boxes.enumerated() {
        #expect(box.size >= 6.5, "page \(index + 1): \(box.text)")
        #expect(
          box.frame.x >= grid.margin - 2 && box.frame.maxX <= grid.right + 2,
          "page \(index + 1): \(box.text) leaves the margins")
        #expect(
          box.frame.y >= 28 && box.frame.maxY <= grid.foot + 13,
          "page \(index + 1): \(box.text) leaves the page")
        #expect(
          box.frame.maxY <= grid.bottom + 1 || box.frame.y >= grid.foot - 1,
          "page \(index + 1): \(box.text) runs into the foot")
        for other in boxes[..<position] {
          let width = min(box.frame.maxX, other.frame.maxX) - max(box.frame.x, other.frame.x)
          let height = min(box.frame.maxY, other.frame.maxY) - max(box.frame.y, other.frame.y)
          let smaller = min(box.frame.width * box.frame.height, other.frame.width * other.frame.height)
          #expect(
            width <= 0 || height <= 0 || width * height <= 0.2 * smaller,
            "page \(index + 1): “\(box.text)” lies over “\(other.text)”")
        }
      }
    }
  }

  @Test("Pictures lie inside the margins and above the foot", arguments: formats.indices.map { $0 })
  func pictures(format: Int) throws {
    for made in [SyntheticCase.demonstrated(), .demonstrated(patch: 200, image: 300)] {
      let layout = try layout(made, Self.formats[format])
      let grid = layout.grid
      for page in layout.pages {
        for case .pixels(_, let frame, _) in page {
          #expect(frame.x >= grid.margin - 0.01 && frame.maxX <= grid.right + 0.01)
          #expect(frame.y >= grid.top - 0.01 && frame.maxY <= grid.bottom + 0.01)
        }
      }
    }
  }

  @Test("No title stands alone at the foot of a page", arguments: ReportFileTests.cases.map(\.name))
  func orphans(name: String) throws {
    let made = try #require(ReportFileTests.cases.first { $0.name == name }).made
    for (index, page) in try layout(made).pages.enumerated() {
      var last: Report.Tag?
      for case .open(let tag) in page where tag != .section && tag != .document { last = tag }
      #expect(last != .heading && last != .subheading, "page \(index + 1)")
    }
  }

  @Test("Larger print and other paper keep every figure, and larger print takes more pages")
  func sameFigures() throws {
    let layouts = try Self.formats.map { try layout(.demonstrated(), $0) }
    // Sheets of suspects hold as many as fit a page.
    func figures(_ layout: Layout) -> [String] { layout.figures.filter { !$0.hasPrefix("Suspects") } }
    for other in layouts.dropFirst() { #expect(figures(other) == figures(layouts[0])) }
    #expect(layouts[2].pages.count > layouts[0].pages.count)
    #expect(layouts[2].grid.page.width * 1.25 == 595.276)
  }

  @Test("Labels of lines are moved apart, in order, and stay in their range")
  func spread() {
    let places = LinePlot.spread([50, 10, 51, 52], gap: 9, from: 0, to: 60)
    #expect(places == [42, 10, 51, 60])
    #expect(LinePlot.spread([5], gap: 9, from: 0, to: 60) == [5])
    #expect(LinePlot.spread([5, 5, 5], gap: 9, from: 0, to: 10) == [0, 9, 18])
  }

  @Test("Each page of the folder stands once in the registry, under a name of its own")
  func registry() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Report/Pages")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix("Page.swift") }.map { $0.dropLast(6) }.sorted()
    #expect(Pages.all.map { "\($0)" }.sorted() == files.map(String.init))
    #expect(Set(Pages.all.map { $0.name }).count == Pages.all.count)
  }
}
