// The straight path down the pages: a cursor that sections write to from top to bottom. It breaks pages, keeps headings
// with what follows, draws head and foot, numbers exhibits and keeps the tags; it knows nothing of any section.
//
// It writes onto a recording canvas (report.md E3.5): once to learn where sections fall, once with their page numbers.

import Evidence

/// Where things fell in the first pass.
struct Pagination {
  /// Pages in all.
  var total: Int
  /// The page of each section.
  var pages: [String: Int]
  /// The sections that begin a page.
  var breaks: Set<String>
}

/// A report being written.
final class Flow {
  let canvas: any Canvas
  let dossier: Dossier
  /// What the first pass found; nil during it.
  let pagination: Pagination?
  /// Where the next block goes.
  var y: Double
  /// Sections and the pages on which they begin.
  private(set) var sections: [(title: String, name: String)] = []
  /// Sections that have nothing to say about this case.
  private(set) var absent: [any ReportPage.Type] = []
  /// The alternative texts of the figures so far.
  private(set) var alternatives: [String] = []
  /// The figures so far, with their places.
  private(set) var figures: [PlacedFigure] = []
  /// The sections that were begun on a new page.
  private(set) var breaks: Set<String> = []
  private var current = ""
  private var page = 0
  private var isSectionOpen = false
  /// A subsection's title that waits for its first block.
  private var pending: Prose?
  /// Where the first block of the section ended that a page may follow.
  private var leadEnd: Double?

  var grid: Grid { canvas.grid }

  init(_ dossier: Dossier, on canvas: any Canvas, pagination: Pagination?) {
    self.dossier = dossier
    self.canvas = canvas
    self.pagination = pagination
    y = canvas.grid.top
  }

  /// Writes the whole report.
  func write(_ pages: [any ReportPage.Type]) {
    let applying = pages.filter { $0.applies(to: dossier) }
    sections = applying.map { ($0.title, $0.name) }
    absent = pages.filter { !$0.applies(to: dossier) }
    beginPage()
    canvas.open(.document)
    for kind in applying {
      section(kind)
      kind.draw(dossier, on: self)
      flushHeading()
    }
    if isSectionOpen { canvas.close(.section) }
    canvas.close(.document)
    endPage()
  }

  private static let (gap, titleHeight) = (30.0, 28.0)

  /// Starts a section: on this page where it fits, or where a good part of it does; else on the next.
  private func section(_ kind: any ReportPage.Type) {
    if isSectionOpen { canvas.close(.section) }
    let isFirst = !isSectionOpen
    if !isFirst {
      if breaksPage(before: kind) {
        breaks.insert(kind.name)
        breakPage()
      } else {
        y += Flow.gap
      }
    }
    canvas.open(.section)
    isSectionOpen = true
    current = kind.name
    canvas.bookmark(kind.title, name: kind.name, level: 1, at: max(0, y - 12))
    guard !isFirst else { return }
    if y > grid.top {
      canvas.stroke(
        .line(Point(x: grid.margin, y: y - 13), Point(x: grid.right, y: y - 13)), .hairline, width: 0.75)
    }
    canvas.tagged(.heading) {
      canvas.line(Prose(data: kind.title), .section, at: Point(x: grid.margin, y: y))
    }
    y += Flow.titleHeight
  }

  /// Whether a section begins a page: where it does not fit on this one, and no good part of it does.
  private func breaksPage(before kind: any ReportPage.Type) -> Bool {
    if let pagination { return pagination.breaks.contains(kind.name) }
    // Page 1 stands alone.
    guard page > 1 else { return true }
    let free = grid.bottom - y - Flow.gap - Flow.titleHeight
    let (whole, lead) = measure(kind)
    return whole > free && (lead > free || free < 0.2 * grid.height)
  }

  /// The heights of a section's content, whole and up to its first figure or table.
  private func measure(_ kind: any ReportPage.Type) -> (whole: Double, lead: Double) {
    let draft = Flow(
      dossier, on: RecordingCanvas(setter: canvas.setter, grid: grid.endless), pagination: nil)
    draft.sections = sections
    draft.absent = absent
    draft.page = page
    draft.canvas.beginPage()
    kind.draw(dossier, on: draft)
    draft.flushHeading()
    let whole = draft.y - grid.top
    return (whole, draft.leadEnd.map { $0 - grid.top } ?? whole)
  }

  /// A subsection's title, kept with what follows.
  func heading(_ title: Prose) {
    flushHeading()
    pending = title
  }

  private static let headingHeight = 27.0

  /// Draws the title that waits, once its first block has a place.
  private func flushHeading() {
    guard let title = pending else { return }
    pending = nil
    if y > grid.top { y += 8 }
    canvas.tagged(.subheading) {
      canvas.line(title, .finding, at: Point(x: grid.margin, y: y), width: grid.width)
    }
    y += 19
  }

  /// How a paragraph was come by: observed, inferred or judged; the three never share a paragraph.
  enum Standing: String { case observed = "Observed", inferred = "Inferred", judged = "Judged" }

  /// A paragraph on nine columns; its standing is said in the margin.
  func paragraph(_ prose: Prose, _ standing: Standing? = nil, style: TextStyle = .body) {
    let set = canvas.setter.set(prose, style, width: grid.span(9))
    need(set.size.height)
    canvas.tagged(.paragraph) {
      canvas.text(set, at: Point(x: grid.margin, y: y))
      if let standing {
        canvas.line(
          Prose(data: standing.rawValue), .small, at: Point(x: grid.right, y: y + 2.5), anchor: .right)
      }
    }
    y += set.size.height + 8
  }

  /// Numbered or bulleted lines, over ten columns unless a width is given.
  func list(_ items: [Prose], numbered: Bool = false, width: Double? = nil) {
    let width = width ?? grid.span(10)
    for (index, item) in items.enumerated() {
      let set = canvas.setter.set(item, .body, width: width - 16)
      need(set.size.height)
      canvas.tagged(.paragraph) {
        if numbered {
          canvas.line("\(index + 1)", TextStyle.body.weighted(700), at: Point(x: grid.margin, y: y))
        } else {
          canvas.fill(.circle(Point(x: grid.margin + 3, y: y + 6.8), radius: 1.4), .muted)
        }
        canvas.text(set, at: Point(x: grid.margin + 16, y: y))
      }
      y += set.size.height + 5
    }
    y += 4
  }

  /// A figure with its exhibit number, message and caption, never split.
  func figure(_ chart: some Chart) {
    let number = figures.count { $0.exhibit != nil } + 1
    let title = canvas.setter.set(chart.title, .finding, width: grid.span(10))
    let caption = canvas.setter.set(chart.caption, .caption, width: grid.span(10))
    let height = chart.height(at: grid.width)
    need(title.size.height + 8 + height + 8 + caption.size.height)
    canvas.tagged(.paragraph) {
      canvas.text(title, at: Point(x: grid.margin, y: y))
      canvas.line(
        "Exhibit X-\(Numbers.two(number))", .small, at: Point(x: grid.right, y: y + 3), anchor: .right)
    }
    y += title.size.height + 8
    illustrate(chart, in: Rect(x: grid.margin, y: y, width: grid.width, height: height), exhibit: number)
    y += height + 8
    canvas.tagged(.paragraph) { canvas.text(caption, at: Point(x: grid.margin, y: y)) }
    y += caption.size.height + 18
    markLead()
  }

  /// A figure without number or caption, at a place of the caller's choice.
  func illustrate(_ chart: some Chart, in frame: Rect, exhibit: Int? = nil) {
    figures.append(PlacedFigure(section: current, exhibit: exhibit, chart: chart))
    alternatives.append(chart.alternative.plain)
    canvas.tagged(.figure) { chart.draw(in: frame, on: canvas) }
  }

  /// Makes sure that a height fits on this page, with the title that waits for it.
  func need(_ height: Double) {
    let total = height + (pending == nil ? 0 : Flow.headingHeight)
    if y + total > grid.bottom, y > grid.top { breakPage() }
    flushHeading()
  }

  /// Notes that a page may end here for the first time in this section.
  func markLead(at height: Double? = nil) {
    if leadEnd == nil { leadEnd = height ?? y }
  }

  /// Goes on at the top of the next page.
  func breakPage() {
    endPage()
    beginPage()
  }

  /// The page of a section, for tables of contents: known in the second pass.
  func page(of name: String) -> Int { pagination?.pages[name] ?? 0 }

  private func beginPage() {
    page += 1
    y = grid.top
    canvas.beginPage()
    if page > 1 { drawHead() }
  }

  private func endPage() {
    drawFoot()
    canvas.endPage()
  }

  private func drawHead() {
    canvas.line("Assay model forensics report", .small, at: Point(x: grid.margin, y: grid.head))
    canvas.line(
      "Model \(mono: String(dossier.findings.model.tensorDigest.prefix(16)))", .small,
      at: Point(x: grid.right, y: grid.head), anchor: .right)
  }

  private func drawFoot() {
    let (left, right, height) = (grid.margin, grid.right, grid.foot)
    canvas.stroke(
      .line(Point(x: left, y: height - 6), Point(x: right, y: height - 6)), .hairline, width: 0.5)
    if page > 1 { canvas.line(Prose(data: dossier.verdict.words), .small, at: Point(x: left, y: height)) }
    canvas.line(
      "Case \(mono: dossier.shortHash)", .small, at: Point(x: (left + right) / 2, y: height), anchor: .centre)
    canvas.line(
      "page \(page) of \(pagination?.total ?? page)", .small, at: Point(x: right, y: height), anchor: .right)
  }
}
