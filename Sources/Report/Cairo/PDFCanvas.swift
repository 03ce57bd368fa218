// The canvas that makes a PDF: Cairo 1.16, PDF 1.5, tagged. Its pitfalls and what to do about each are listed in
// report.md E3.4: a bad destination or tag is only noticed after the file is closed, so names are kept in a
// registry and the tag stack is checked here; one picture used twice gets two surfaces.

import CCairo
import Evidence
import Image

/// A PDF in the making.
final class PDFCanvas: Canvas {
  /// What the document says of itself.
  struct Metadata {
    var title, subject, keywords, creator, date: String
  }

  /// The bytes that Cairo hands over.
  private final class Sink {
    var bytes: [UInt8] = []
  }

  let setter: TextSetter
  let grid: Grid
  private let sink = Sink()
  private let surface: OpaquePointer
  private let context: OpaquePointer
  private var stack: [Tag] = []
  private var page = 0
  private var names: Set<String> = []
  private let destinations: Set<String>
  /// The outline's entry of the last section.
  private var section: Int32 = 0

  /// An empty document.
  ///
  /// Links may lead to `destinations` only; each has to be made by a bookmark.
  init(_ metadata: Metadata, setter: TextSetter, grid: Grid, destinations: Set<String>) {
    self.setter = setter
    self.grid = grid
    self.destinations = destinations
    let write: cairo_write_func_t = { closure, data, length in
      guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
      Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue().bytes +=
        UnsafeBufferPointer(start: data, count: Int(length))
      return CAIRO_STATUS_SUCCESS
    }
    surface = cairo_pdf_surface_create_for_stream(
      write, Unmanaged.passUnretained(sink).toOpaque(), grid.page.width * grid.scale,
      grid.page.height * grid.scale)
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5)
    for (key, value) in [
      (CAIRO_PDF_METADATA_TITLE, metadata.title), (CAIRO_PDF_METADATA_AUTHOR, "Assay"),
      (CAIRO_PDF_METADATA_SUBJECT, metadata.subject), (CAIRO_PDF_METADATA_KEYWORDS, metadata.keywords),
      (CAIRO_PDF_METADATA_CREATOR, metadata.creator), (CAIRO_PDF_METADATA_CREATE_DATE, metadata.date),
      (CAIRO_PDF_METADATA_MOD_DATE, metadata.date),
    ] {
      cairo_pdf_surface_set_metadata(surface, key, value)
    }
    context = cairo_create(surface)
  }

  deinit {
    FontLock.withLock {
      cairo_destroy(context)
      cairo_surface_destroy(surface)
    }
  }

  /// The document, once its last page has ended.
  func finish() throws -> [UInt8] {
    precondition(stack.isEmpty, "a tag was left open: \(stack)")
    precondition(names == destinations, "bookmarks and destinations differ")
    try check(cairo_status(context))
    FontLock.withLock { cairo_surface_finish(surface) }
    try check(cairo_surface_status(surface))
    return sink.bytes
  }

  private func check(_ status: cairo_status_t) throws {
    guard status != CAIRO_STATUS_SUCCESS else { return }
    throw Fault(
      "report.pdf, page \(page)",
      "Cairo could not draw it (\(String(cString: cairo_status_to_string(status))))",
      do: "keep the case folder and report this as a defect of the report")
  }

  func beginPage() {
    page += 1
    cairo_pdf_surface_set_page_label(surface, "\(page)")
    cairo_save(context)
    cairo_scale(context, grid.scale, grid.scale)
  }

  func endPage() {
    cairo_restore(context)
    FontLock.withLock { cairo_show_page(context) }
  }

  func fill(_ path: Path, _ color: Color) {
    trace(path)
    paint(color)
    cairo_fill(context)
  }

  func stroke(_ path: Path, _ color: Color, width: Double, dash: [Double]) {
    trace(path)
    paint(color)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_stroke(context)
  }

  func text(_ text: SetText, at origin: Point) {
    guard !text.plain.isEmpty else { return }
    paint(text.color)
    cairo_move_to(context, origin.x, origin.y)
    text.show(on: context)
    cairo_new_path(context)
  }

  func pixels(_ image: PixelImage, in frame: Rect, as rendering: PixelRendering) {
    guard image.width > 0, image.height > 0 else { return }
    switch rendering {
    case .cells: cells(image, frame)
    case .image: picture(image, frame)
    }
  }

  func open(_ tag: Tag) {
    stack.append(tag)
    cairo_tag_begin(context, tag.rawValue, "")
  }

  func close(_ tag: Tag) {
    precondition(stack.popLast() == tag, "tags have to nest")
    cairo_tag_end(context, tag.rawValue)
  }

  func bookmark(_ title: String, name: String, level: Int, at y: Double) {
    precondition(isPlain(name) && names.insert(name).inserted, "a bookmark needs a plain name of its own")
    // Cairo takes these places in points of the paper, whatever the scale.
    let (x, y) = (Int(grid.margin * grid.scale), Int(y * grid.scale))
    let entry = cairo_pdf_surface_add_outline(
      surface, level > 1 ? section : CAIRO_PDF_OUTLINE_ROOT, title, "page=\(page) pos=[\(x) \(y)]",
      CAIRO_PDF_OUTLINE_FLAG_OPEN)
    if level == 1 { section = entry }
    cairo_tag_begin(context, CAIRO_TAG_DEST, "name='\(name)' x=\(x) y=\(y)")
    cairo_tag_end(context, CAIRO_TAG_DEST)
  }

  func link(_ text: SetText, at origin: Point, to name: String) {
    guard destinations.contains(name) else { return self.text(text, at: origin) }
    cairo_tag_begin(context, CAIRO_TAG_LINK, "dest='\(name)'")
    self.text(text, at: origin)
    cairo_tag_end(context, CAIRO_TAG_LINK)
  }

  private func isPlain(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }

  private func paint(_ color: Color) { cairo_set_source_rgb(context, color.red, color.green, color.blue) }

  private func trace(_ path: Path) {
    cairo_new_path(context)
    for step in path.steps {
      switch step {
      case .move(let p): cairo_move_to(context, p.x, p.y)
      case .line(let p): cairo_line_to(context, p.x, p.y)
      case .curve(let a, let b, let p): cairo_curve_to(context, a.x, a.y, b.x, b.y, p.x, p.y)
      case .close: cairo_close_path(context)
      }
    }
  }

  private func cells(_ image: PixelImage, _ frame: Rect) {
    cairo_save(context)
    cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE)
    let (w, h) = (frame.width / Double(image.width), frame.height / Double(image.height))
    for y in 0..<image.height {
      for x in 0..<image.width {
        let at = image.offset(y, x)
        func part(_ i: Int) -> Double { Double(image.pixels[at + i]) / 255 }
        cairo_set_source_rgb(context, part(0), part(1), part(2))
        cairo_rectangle(context, frame.x + Double(x) * w, frame.y + Double(y) * h, w, h)
        cairo_fill(context)
      }
    }
    cairo_restore(context)
  }

  private func picture(_ image: PixelImage, _ frame: Rect) {
    let stride = Int(cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, Int32(image.width)))
    guard stride > 0,
      let copy = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(image.width), Int32(image.height)),
      let data = cairo_image_surface_get_data(copy)
    else { return }
    for y in 0..<image.height {
      for x in 0..<image.width {
        let (from, to) = (image.offset(y, x), y * stride + x * 4)
        data[to] = image.pixels[from + 2]
        data[to + 1] = image.pixels[from + 1]
        data[to + 2] = image.pixels[from]
        data[to + 3] = 255
      }
    }
    cairo_surface_mark_dirty(copy)
    cairo_save(context)
    cairo_translate(context, frame.x, frame.y)
    cairo_scale(context, frame.width / Double(image.width), frame.height / Double(image.height))
    cairo_set_source_surface(context, copy, 0, 0)
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
    cairo_paint(context)
    cairo_restore(context)
    cairo_surface_destroy(copy)
  }
}
