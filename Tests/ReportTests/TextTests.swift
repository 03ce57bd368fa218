// Foreign text and numbers, as they are printed.

import Evidence
import Testing

@testable import Report

struct TextTests {
  @Test(
    "What cannot be seen is shown by its code point",
    arguments: [
      ("a\u{202E}b", "a⟨U+202E⟩b"), ("a\u{0}b", "a⟨U+0000⟩b"), ("tab\there", "tab⟨U+0009⟩here"),
      ("\u{200B}", "⟨U+200B⟩"), ("a\u{00A0}b", "a⟨U+00A0⟩b"), ("\u{1F600}", "⟨U+1F600⟩"),
      ("\u{E0041}", "⟨U+E0041⟩"), ("plain (text) \\ ' \"", "plain (text) \\ ' \""), ("Zürich", "Zürich"),
    ])
  func escapes(raw: String, printed: String) { #expect(EscapedText(raw).printed == printed) }

  @Test("Right-to-left text is isolated from what follows")
  func isolates() { #expect(EscapedText("שלום").printed == "\u{2066}שלום\u{2069}") }

  @Test("A long text is cut, and says how long it was")
  func cuts() {
    let printed = EscapedText(String(repeating: "x", count: 10_000), limit: 20).printed
    #expect(printed == String(repeating: "x", count: 20) + "… (10000 characters)")
  }

  @Test("Foreign text can enter prose only through the escape")
  func prose() {
    let label = "a\u{202E}b"
    let prose: Prose = "\(label: label), \(strong: label), \(label), \(sentence: label), \(mono: label)"
    #expect(prose.plain == "a⟨U+202E⟩b, a⟨U+202E⟩b, a⟨U+202E⟩b, a⟨U+202E⟩b, a⟨U+202E⟩b")
  }

  @Test("None and all are given by their bounds, never by a bare percentage")
  func intervals() {
    #expect(Numbers.interval(Share(Rate(0, of: 500))).text == "0.8 % or less")
    #expect(Numbers.interval(Share(Rate(500, of: 500))).text == "99.2 % or more")
    #expect(Numbers.interval(Share(Rate(286, of: 300))).text == "92.3–97.2 %")
    #expect(Numbers.interval(Share(Rate(0, of: 0))).text == "no trials")
  }

  @Test("Numbers are grouped, rounded and named")
  func numbers() {
    #expect(Numbers.count(1_284_736).text == "1\u{202F}284\u{202F}736")
    #expect(Numbers.count(-1000).text == "−1\u{202F}000")
    #expect(Numbers.real(-0.0004, decimals: 2).text == "0.00")
    #expect(Numbers.real(2.005, decimals: 1).text == "2.0")
    #expect(Numbers.real(.nan, decimals: 1).text == "not a number")
    #expect(Numbers.pValue(0.04).text == "0.040")
    #expect(Numbers.pValue(2.1e-31).text == "2.1 × 10⁻³¹")
    #expect(Numbers.bytes(61_443_072).text == "61.4 MB")
  }

  @Test("A character without a font is drawn as its code point, so that eye and search agree")
  func undrawable() throws {
    let set = try TextSetter().set("\("\u{12000}")", .body)
    #expect(set.plain == "⟨U+12000⟩")
  }
}
