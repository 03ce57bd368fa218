// Where things lie (report.md E5, test 5; E3.5), seen on the recording canvas: nothing outside the page's type area,
// nothing over anything else, nothing too small to read.

import Foundation
import Testing

@testable import Report

struct LayoutTests {
  private func recorded(_ made: SyntheticCase) throws -> RecordingCanvas {
    let canvas = RecordingCanvas(setter: try TextSetter())
    Flow(made.dossier, on: canvas, pagination: nil).write(Pages.all)
    return canvas
  }

  private struct Box {
    var text: String
    var frame: Rect
    var size: Double
  }

  private func texts(_ page: [RecordingCanvas.Verb]) -> [Box] {
    page.compactMap {
      if case .text(let text, let frame, let size) = $0 {
        Box(text: text, frame: frame, size: size)
      } else {
        nil
      }
    }
  }

  @Test(
    "Every text lies inside the margins, at a readable size, over no other text",
    arguments: ReportFileTests.cases.map(\.name))
  func texts(name: String) throws {
    let made = try #require(ReportFileTests.cases.first { $0.name == name }).made
    for (index, page) in try recorded(made).pages.enumerated() {
      let boxes = texts(page)
      #expect(boxes.count >= 3)
      for (position, box) in boxes.enumerated() {
        #expect(box.size >= 6.5, "page \(index + 1): \(box.text)")
        #expect(
          box.frame.x >= Grid.margin - 2 && box.frame.maxX <= Grid.margin + Grid.width + 2,
          "page \(index + 1): \(box.text) leaves the margins")
        #expect(
          box.frame.y >= 28 && box.frame.maxY <= 820, "page \(index + 1): \(box.text) leaves the page")
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

  @Test("Pictures lie inside the margins and above the foot")
  func pictures() throws {
    for made in [SyntheticCase.demonstrated(), .demonstrated(patch: 200, image: 300)] {
      for page in try recorded(made).pages {
        for case .pixels(_, let frame, _) in page {
          #expect(frame.x >= Grid.margin - 0.01 && frame.maxX <= Grid.margin + Grid.width + 0.01)
          #expect(frame.y >= Grid.top - 0.01 && frame.maxY <= Grid.bottom + 0.01)
        }
      }
    }
  }

  @Test("Both passes break pages alike", arguments: ReportFileTests.cases.map(\.name))
  func passes(name: String) throws {
    let made = try #require(ReportFileTests.cases.first { $0.name == name }).made
    let first = try recorded(made)
    let second = RecordingCanvas(setter: try TextSetter())
    Flow(
      made.dossier, on: second, pagination: Pagination(total: first.pages.count, pages: first.bookmarks)
    ).write(Pages.all)
    #expect(first.bookmarks == second.bookmarks && first.pages.count == second.pages.count)
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
