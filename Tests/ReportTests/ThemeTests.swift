// Colours that have to be told apart without colour, and words that have to be read (report.md E3.1, E4; E5, test 10).

import Evidence
import Glibc
import Testing

@testable import Report

struct ThemeTests {
  /// Relative luminance of an sRGB colour (WCAG 2.1).
  private func luminance(_ color: Color) -> Double {
    func linear(_ value: Double) -> Double {
      value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
  }

  /// CIE lightness, 0 to 100.
  private func lightness(_ color: Color) -> Double {
    let y = luminance(color)
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y
  }

  @Test("A grey print still tells the verdicts apart")
  func verdicts() {
    let sorted = Verdict.allCases.map { lightness($0.color) }.sorted()
    for (a, b) in zip(sorted, sorted.dropFirst()) { #expect(b - a >= 8) }
  }

  @Test("Text stands out from paper and from panels at 4.5 to 1 or more")
  func contrast() {
    for color in [Color.ink, .secondary, .muted, .triggered, .untriggered, .target] {
      for ground in [Color.paper, .panel] where ground == .paper || color == .ink || color == .secondary {
        #expect((luminance(ground) + 0.05) / (luminance(color) + 0.05) >= 4.5)
      }
    }
  }

  @Test("The heat scale darkens all the way")
  func heat() {
    let steps = Color.heat.map { lightness($0) }
    for (a, b) in zip(steps, steps.dropFirst()) { #expect(a > b) }
    #expect(
      Color.heat(.nan) == Color.heat[0] && Color.heat(1) == Color.heat[8] && Color.heat(7) == Color.heat[8])
  }
}
