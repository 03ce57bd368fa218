// Text, set by Pango: shaping, line breaks, fall-back fonts. The only file that knows Pango.
//
// Sizes are absolute (points, not a screen's idea of them), glyph positions are not rounded and hinting is off, so
// that a layout does not depend on the machine. Digits are tabular; contextual alternates and ligatures are off,
// because a forensic report prints "->" as two characters when two characters were there. A character without
// a font is shown by its code point: what a reader sees and what a search finds are the same (report.md E3.3).

import CCairo
import Evidence

/// Text set into lines, ready to be drawn.
final class SetText {
  fileprivate let layout: OpaquePointer
  /// The characters, as they are drawn.
  let plain: String
  /// The size of the type.
  let fontSize: Double
  /// The colour of what carries no colour of its own.
  let color: Color
  /// The extent of all lines.
  let size: Size

  fileprivate init(layout: OpaquePointer, plain: String, fontSize: Double, color: Color) {
    self.layout = layout
    self.plain = plain
    self.fontSize = fontSize
    self.color = color
    var extent = PangoRectangle()
    pango_layout_get_extents(layout, nil, &extent)
    let scale = Double(PANGO_SCALE)
    size = Size(width: Double(extent.width) / scale, height: Double(extent.height) / scale)
  }

  deinit { FontLock.withLock { g_object_unref(UnsafeMutableRawPointer(layout)) } }

  /// Draws at the current point of a Cairo context.
  func show(on context: OpaquePointer) { FontLock.withLock { pango_cairo_show_layout(context, layout) } }
}

/// Sets prose in the faces of the report.
final class TextSetter {
  private static let textFamily = "Inter"
  private static let monoFamily = "DejaVu Sans Mono"

  private let map: UnsafeMutablePointer<PangoFontMap>
  private let context: OpaquePointer
  private let fonts: UnsafeMutablePointer<PangoFontset>?
  private var drawable: [Unicode.Scalar: Bool] = [:]

  /// Looks for the faces; throws when one is not installed.
  init() throws {
    guard let map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT) else {
      throw Fault("Pango", "it was built without FreeType", do: "install libpango-1.0 of Debian")
    }
    self.map = map
    context = pango_font_map_create_context(map)
    pango_context_set_language(context, pango_language_from_string("en"))
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR)
    pango_context_set_round_glyph_positions(context, 0)
    let options = cairo_font_options_create()
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    pango_cairo_context_set_font_options(context, options)
    cairo_font_options_destroy(options)
    let description = TextSetter.description(.body)
    fonts = FontLock.withLock { [context] in
      pango_context_load_fontset(context, description, pango_language_from_string("en"))
    }
    pango_font_description_free(description)
    for family in [TextSetter.textFamily, TextSetter.monoFamily] where !isInstalled(family) {
      throw Fault(
        "the font \(family)", "it is not installed",
        do: "install the packages fonts-inter and fonts-dejavu-core")
    }
  }

  deinit {
    FontLock.withLock {
      if let fonts { g_object_unref(UnsafeMutableRawPointer(fonts)) }
      g_object_unref(UnsafeMutableRawPointer(context))
      g_object_unref(UnsafeMutableRawPointer(map))
    }
  }

  /// Prose in lines of at most `width` points, and at most `lines` of them, the last cut by an ellipsis.
  func set(
    _ prose: Prose, _ style: TextStyle, width: Double? = nil, lines: Int? = nil, anchor: Anchor = .left
  ) -> SetText {
    FontLock.withLock { laid(prose, style, width: width, lines: lines, anchor: anchor) }
  }

  private func laid(
    _ prose: Prose, _ style: TextStyle, width: Double?, lines: Int?, anchor: Anchor
  ) -> SetText {
    let layout: OpaquePointer = pango_layout_new(context)
    let description = TextSetter.description(style)
    pango_layout_set_font_description(layout, description)
    pango_font_description_free(description)
    pango_layout_set_auto_dir(layout, 0)
    if let width {
      pango_layout_set_width(layout, Int32((width * Double(PANGO_SCALE)).rounded()))
      pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
    }
    if let lines {
      pango_layout_set_height(layout, -Int32(lines))
      pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
    }
    switch anchor {
    case .left: pango_layout_set_alignment(layout, PANGO_ALIGN_LEFT)
    case .centre: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
    case .right: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
    }
    var text = ""
    var spans: [(Range<Int>, Prose.Emphasis)] = []
    for run in prose.runs {
      let start = text.utf8.count
      text += drawn(run.text)
      spans.append((start..<text.utf8.count, run.emphasis))
    }
    pango_layout_set_text(layout, text, Int32(text.utf8.count))
    let attributes = pango_attr_list_new()
    let whole = 0..<text.utf8.count
    insert(pango_attr_font_features_new("tnum 1, calt 0, liga 0, dlig 0"), whole, attributes)
    insert(pango_attr_line_height_new_absolute(units(style.leading)), whole, attributes)
    if style.tracking != 0 { insert(pango_attr_letter_spacing_new(units(style.tracking)), whole, attributes) }
    for (range, emphasis) in spans where !range.isEmpty { emphasize(range, emphasis, style, attributes) }
    pango_layout_set_attributes(layout, attributes)
    pango_attr_list_unref(attributes)
    return SetText(layout: layout, plain: text, fontSize: style.size, color: style.color)
  }

  private func emphasize(
    _ range: Range<Int>, _ emphasis: Prose.Emphasis, _ style: TextStyle, _ list: OpaquePointer?
  ) {
    switch emphasis {
    case .plain: break
    case .strong: insert(pango_attr_weight_new(PangoWeight(UInt32(max(600, style.weight)))), range, list)
    case .label:
      insert(pango_attr_style_new(PANGO_STYLE_ITALIC), range, list)
      insert(pango_attr_weight_new(PangoWeight(UInt32(max(500, style.weight)))), range, list)
    case .muted: colour(.muted, range, list)
    case .alert:
      insert(pango_attr_weight_new(PANGO_WEIGHT_SEMIBOLD), range, list)
      colour(.triggered, range, list)
    case .mono:
      insert(pango_attr_family_new(TextSetter.monoFamily), range, list)
      insert(pango_attr_size_new_absolute(units(style.size * 0.9)), range, list)
    }
  }

  private func colour(_ color: Color, _ range: Range<Int>, _ list: OpaquePointer?) {
    func part(_ value: Double) -> UInt16 { UInt16((value * 65535).rounded()) }
    insert(pango_attr_foreground_new(part(color.red), part(color.green), part(color.blue)), range, list)
  }

  private func insert(
    _ attribute: UnsafeMutablePointer<PangoAttribute>?, _ range: Range<Int>, _ list: OpaquePointer?
  ) {
    guard let attribute else { return }
    attribute.pointee.start_index = UInt32(range.lowerBound)
    attribute.pointee.end_index = UInt32(range.upperBound)
    pango_attr_list_insert(list, attribute)
  }

  private func units(_ points: Double) -> Int32 { Int32((points * Double(PANGO_SCALE)).rounded()) }

  private static func description(_ style: TextStyle) -> OpaquePointer? {
    let description = pango_font_description_new()
    pango_font_description_set_family(description, style.face == .text ? textFamily : monoFamily)
    pango_font_description_set_weight(description, PangoWeight(UInt32(style.weight)))
    pango_font_description_set_absolute_size(description, style.size * Double(PANGO_SCALE))
    return description
  }

  /// The text with every character that no installed font has shown by its code point.
  private func drawn(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if canDraw(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += EscapedText.codePoint(scalar)
      }
    }
    return result
  }

  private func canDraw(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII || (0x2066...0x2069).contains(scalar.value) || scalar == "\u{202F}" { return true }
    if let known = drawable[scalar] { return known }
    var found = false
    if let font = pango_fontset_get_font(fonts, scalar.value) {
      found = pango_font_has_char(font, scalar.value) != 0
      g_object_unref(UnsafeMutableRawPointer(font))
    }
    drawable[scalar] = found
    return found
  }

  private func isInstalled(_ family: String) -> Bool {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<PangoFontFamily>?>?
    var count: Int32 = 0
    pango_font_map_list_families(map, &list, &count)
    defer { g_free(list) }
    return (0..<Int(count)).contains { index in
      guard let entry = list?[index] else { return false }
      return String(cString: pango_font_family_get_name(entry)) == family
    }
  }
}
