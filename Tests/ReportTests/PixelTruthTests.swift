// The trigger on paper is the trigger (report.md E5, test 7): each cell's centre, rendered, has the stored colour.

import Image
import Testing

@testable import Report

@Suite(.serialized) struct PixelTruthTests {
  @Test("Each cell of every trigger plate renders in its exact colour", arguments: [1, 6, 16, 33])
  func cells(side: Int) throws {
    let made = SyntheticCase.demonstrated(patch: side, image: 64)
    let layout = Layout(made.dossier, Pages.all, setter: try TextSetter(), format: PageFormat())
    var plates = 0
    try withReport(made) { path in
      for (index, page) in layout.pages.enumerated() {
        for case .pixels(let image, let frame, .cells) in page {
          plates += 1
          // So many dots to the inch that a cell is nine of them.
          let dots = 72 * 9 / (frame.width / Double(image.width))
          let paper = try rendered(path, page: index + 1, dotsPerInch: dots)
          #expect(wrongCells(image, frame, paper, dots / 72) == 0)
        }
      }
    }
    // Page 1, the plate, and what rows agree on beside it.
    #expect(plates == 3)
  }

  private func wrongCells(_ image: PixelImage, _ frame: Rect, _ paper: PixelImage, _ scale: Double) -> Int {
    let cell = frame.width / Double(image.width)
    var wrong = 0
    for y in 0..<image.height {
      for x in 0..<image.width {
        let column = Int((frame.x + (Double(x) + 0.5) * cell) * scale)
        let row = Int((frame.y + (Double(y) + 0.5) * cell) * scale)
        let (on, of) = (paper.offset(row, column), image.offset(y, x))
        if paper.pixels[on..<on + 3] != image.pixels[of..<of + 3] { wrong += 1 }
      }
    }
    return wrong
  }
}
