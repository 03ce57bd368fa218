// The look: colours and type scale (report.md E3.1, E3.3); the page grid stands in Layout/Grid.swift. Measured there for contrast, grey printing
// and colour blindness; no other file names a colour or a type size of its own.

/// An sRGB colour.
struct Color: Equatable, Sendable {
  var red, green, blue: Double

  /// A colour from its hexadecimal form, 0xRRGGBB.
  init(_ hex: UInt32) {
    red = Double(hex >> 16 & 255) / 255
    green = Double(hex >> 8 & 255) / 255
    blue = Double(hex & 255) / 255
  }

  static let ink = Color(0x16202A)
  static let secondary = Color(0x3A4652)
  static let muted = Color(0x5B6B7B)
  static let hairline = Color(0xD9DEE4)
  static let panel = Color(0xEEF1F4)
  static let paper = Color(0xFFFFFF)

  /// What happened with the trigger, or before a repair: always with a filled marker.
  static let triggered = Color(0xC2410C)
  /// What happened without it: always with an open marker.
  static let untriggered = Color(0x2B6CB0)
  /// A reference or an expectation.
  static let reference = Color(0x8A97A6)
  /// The label that the trigger forces.
  static let target = Color(0x7A1E6C)

  /// The red, green and blue channel, each with its letter beside it.
  static let channels = [Color(0xB3261E), Color(0x2E7D32), Color(0x1E4FA3)]

  /// Four lines on one plot, sixteen steps of lightness apart: told apart in grey too.
  static let series = [Color(0x0F3A76), Color(0x0C6A96), Color(0xDF6840), Color(0xE3B548)]

  /// Light to dark, for agreement and blame: monotone in lightness.
  static let heat: [Color] = [
    0xF8F3E8, 0xF5D9A8, 0xF5BC73, 0xF09A49, 0xE27532, 0xCB542D, 0xAA3C2A, 0x852827, 0x5C1C22,
  ].map { Color($0) }

  /// The heat colour of a share between 0 and 1; anything else counts as 0.
  static func heat(_ share: Double) -> Color {
    guard share.isFinite, share > 0 else { return heat[0] }
    return heat[min(heat.count - 1, Int(min(1, share) * Double(heat.count)))]
  }
}

/// One line of the type scale.
struct TextStyle: Equatable, Sendable {
  enum Face: Sendable { case text, mono }

  var size, leading: Double
  var weight: Int32 = 400
  var face = Face.text
  var color = Color.ink
  /// Extra space between letters, in points.
  var tracking = 0.0

  static let verdict = TextStyle(size: 22, leading: 28, weight: 700, tracking: -0.3)
  /// For verdict words that would not fit a line of the tile.
  static let longVerdict = TextStyle(size: 19.5, leading: 26, weight: 700, tracking: -0.3)
  static let lead = TextStyle(size: 12.5, leading: 18.5)
  static let section = TextStyle(size: 16, leading: 20, weight: 700, tracking: -0.15)
  static let finding = TextStyle(size: 11.5, leading: 15, weight: 700)
  static let number = TextStyle(size: 18, leading: 23, weight: 700, tracking: -0.2)
  static let body = TextStyle(size: 9.5, leading: 13)
  static let table = TextStyle(size: 8, leading: 10.5)
  static let tableHead = TextStyle(size: 8, leading: 10.5, weight: 700, color: .secondary)
  static let caption = TextStyle(size: 8, leading: 10.5, color: .muted)
  static let axis = TextStyle(size: 7.5, leading: 9, color: .secondary)
  static let small = TextStyle(size: 7, leading: 9, color: .muted)
  static let mono = TextStyle(size: 7, leading: 9.5, face: .mono)

  func colored(_ color: Color) -> TextStyle {
    var style = self
    style.color = color
    return style
  }

  func weighted(_ weight: Int32) -> TextStyle {
    var style = self
    style.weight = weight
    return style
  }
}
