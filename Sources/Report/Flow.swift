// The straight path down the pages: a cursor that sections write to from top to bottom. It breaks pages, draws head
// and foot, numbers exhibits and keeps the tags; it knows nothing of any section.
//
// It runs twice (report.md E3.5): over a recording canvas to learn where sections fall and how many pages there are,
// then over the PDF.

import Evidence

/// Where things fell in the first pass.
struct Pagination {
  /// Pages in all.
  var total: Int
  /// The page of each section.
  var pages: [String: Int]
}

/// A report being written.
final class Flow {
  let canvas: any Canvas
  let dossier: Dossier
  /// What the first pass found; nil during it.
  let pagination: Pagination?
  /// Where the next block goes.
  var y = Grid.top
  /// Sections and the pages on which they begin.
  private(set) var sections: [(title: String, name: String)] = []
  /// The alternative texts of the figures so far.
  private(set) var alternatives: [String] = []
  /// The figures so far, with their places.
  private(set) var figures: [PlacedFigure] = []
  private var current = ""
  private var page = 0
  private var exhibits = 0
  private var isSectionOpen = false

  init(_ dossier: Dossier, on canvas: any Canvas, pagination: Pagination?) {
    self.dossier = dossier
    self.canvas = canvas
    self.pagination = pagination
  }

  /// Writes the whole report.
  func write(_ pages: [any ReportPage.Type]) {
    let applying = pages.filter { $0.applies(to: dossier) }
    sections = applying.map { ($0.title, $0.name) }
    beginPage()
    canvas.open(.document)
    for kind in applying {
      section(kind)
      kind.draw(dossier, on: self)
    }
    if isSectionOpen { canvas.close(.section) }
    canvas.close(.document)
    endPage()
  }

  /// Starts a section: on this page if the room it asks for is free, else on the next.
  private func section(_ kind: any ReportPage.Type) {
    if isSectionOpen { canvas.close(.section) }
    let isFirst = !isSectionOpen
    if !isFirst {
      if page == 1 || Grid.bottom - y - 30 < kind.room(for: dossier) { breakPage() } else { y += 30 }
    }
    canvas.open(.section)
    isSectionOpen = true
    current = kind.name
    canvas.bookmark(kind.title, name: kind.name, at: max(0, y - 12))
    guard !isFirst else { return }
    if y > Grid.top {
      canvas.stroke(
        .line(Point(x: Grid.margin, y: y - 13), Point(x: Grid.margin + Grid.width, y: y - 13)), .hairline,
        width: 0.75)
    }
    canvas.tagged(.heading) {
      canvas.line(Prose(data: kind.title), .section, at: Point(x: Grid.margin, y: y))
    }
    y += 28
  }

  /// A subsection's title, kept with what follows.
  func heading(_ title: Prose) {
    need(70)
    if y > Grid.top { y += 8 }
    canvas.tagged(.subheading) { canvas.line(title, .finding, at: Point(x: Grid.margin, y: y)) }
    y += 19
  }

  /// How a paragraph was come by: observed, inferred or judged; the three never share a paragraph.
  enum Standing: String { case observed = "Observed", inferred = "Inferred", judged = "Judged" }

  /// A paragraph on nine columns; its standing is said in the margin.
  func paragraph(_ prose: Prose, _ standing: Standing? = nil, style: TextStyle = .body) {
    let set = canvas.setter.set(prose, style, width: Grid.span(9))
    need(set.size.height)
    canvas.tagged(.paragraph) {
      canvas.text(set, at: Point(x: Grid.margin, y: y))
      if let standing {
        canvas.line(
          Prose(data: standing.rawValue), .small, at: Point(x: Grid.margin + Grid.width, y: y + 2.5),
          anchor: .right)
      }
    }
    y += set.size.height + 8
  }

  /// Numbered or bulleted lines.
  func list(_ items: [Prose], numbered: Bool = false, width: Double = Grid.span(10)) {
    for (index, item) in items.enumerated() {
      let set = canvas.setter.set(item, .body, width: width - 16)
      need(set.size.height)
      canvas.tagged(.paragraph) {
        if numbered {
          canvas.line("\(index + 1)", TextStyle.body.weighted(700), at: Point(x: Grid.margin, y: y))
        } else {
          canvas.fill(.circle(Point(x: Grid.margin + 3, y: y + 6.8), radius: 1.4), .muted)
        }
        canvas.text(set, at: Point(x: Grid.margin + 16, y: y))
      }
      y += set.size.height + 5
    }
    y += 4
  }

  /// A figure with its exhibit number, message and caption, never split.
  func figure(_ chart: some Chart, width: Double = Grid.width) {
    exhibits += 1
    let title = canvas.setter.set(chart.title, .finding, width: Grid.span(10))
    let caption = canvas.setter.set(chart.caption, .caption, width: Grid.span(10))
    let height = chart.height(at: width)
    need(title.size.height + 8 + height + 8 + caption.size.height)
    canvas.tagged(.paragraph) {
      canvas.text(title, at: Point(x: Grid.margin, y: y))
      canvas.line(
        "Exhibit X-\(Flow.pad(exhibits))", .small, at: Point(x: Grid.margin + Grid.width, y: y + 3),
        anchor: .right)
    }
    y += title.size.height + 8
    illustrate(chart, in: Rect(x: Grid.margin, y: y, width: width, height: height), exhibit: exhibits)
    y += height + 8
    canvas.tagged(.paragraph) { canvas.text(caption, at: Point(x: Grid.margin, y: y)) }
    y += caption.size.height + 18
  }

  /// A figure without number or caption, at a place of the caller's choice.
  func illustrate(_ chart: some Chart, in frame: Rect, exhibit: Int? = nil) {
    figures.append(PlacedFigure(section: current, exhibit: exhibit, chart: chart))
    alternatives.append(chart.alternative.plain)
    canvas.tagged(.figure) { chart.draw(in: frame, on: canvas) }
  }

  /// Makes sure that a height fits on this page.
  func need(_ height: Double) {
    if y + height > Grid.bottom, y > Grid.top { breakPage() }
  }

  /// Goes on at the top of the next page.
  func breakPage() {
    endPage()
    beginPage()
  }

  /// The page of a section, for tables of contents: known in the second pass.
  func page(of name: String) -> Int { pagination?.pages[name] ?? 0 }

  private static func pad(_ number: Int) -> Numeral {
    Numeral(text: number < 10 ? "0\(number)" : "\(number)")
  }

  private func beginPage() {
    page += 1
    y = Grid.top
    canvas.beginPage()
    if page > 1 { drawHead() }
  }

  private func endPage() {
    drawFoot()
    canvas.endPage()
  }

  private func drawHead() {
    canvas.line("Assay model forensics report", .small, at: Point(x: Grid.margin, y: 31))
    canvas.line(
      "Model \(mono: String(dossier.findings.model.tensorDigest.prefix(16)))", .small,
      at: Point(x: Grid.margin + Grid.width, y: 31), anchor: .right)
  }

  private func drawFoot() {
    let (left, right, height) = (Grid.margin, Grid.margin + Grid.width, 807.0)
    canvas.stroke(
      .line(Point(x: left, y: height - 6), Point(x: right, y: height - 6)), .hairline, width: 0.5)
    if page > 1 { canvas.line(Prose(data: dossier.verdict.words), .small, at: Point(x: left, y: height)) }
    canvas.line(
      "Case \(mono: dossier.shortHash)", .small, at: Point(x: (left + right) / 2, y: height), anchor: .centre)
    canvas.line(
      "page \(page) of \(pagination?.total ?? page)", .small, at: Point(x: right, y: height), anchor: .right)
  }
}
