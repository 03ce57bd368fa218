// How numbers are printed (report.md E1.5): counts always as "k of n", no percentage without its interval, no plain
// nought and no plain whole: a share of none or of all is given by the bound that the trials support.

/// A number that the report made itself: printed as it is, while foreign text is escaped.
struct Numeral: Equatable, Sendable {
  let text: String
}

/// Numbers as the report prints them.
enum Numbers {
  /// A count, its thousands apart by a narrow space.
  static func count(_ value: Int) -> Numeral {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
      text.append(digit)
    }
    return Numeral(text: value < 0 ? "−" + text : text)
  }

  /// Two digits or more, as ids have them: 01, 12, 103.
  static func two(_ value: Int) -> Numeral { Numeral(text: value < 10 ? "0\(value)" : "\(value)") }

  /// A real with a fixed number of decimals, a true minus sign, and a word where it is not a number.
  static func real(_ value: Double, decimals: Int) -> Numeral {
    guard value.isFinite, abs(value) < 1e12 else { return Numeral(text: "not a number") }
    let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = Int(scaled / scale)
    let sign = value < 0 && scaled > 0 ? "−" : ""
    guard decimals > 0 else { return Numeral(text: sign + count(whole).text) }
    let rest = String(Int(scaled) - whole * Int(scale))
    let zeros = String(repeating: "0", count: max(0, decimals - rest.count))
    return Numeral(text: sign + count(whole).text + "." + zeros + rest)
  }

  /// A real with as few decimals as it has, six at most.
  static func shortest(_ value: Double) -> Numeral {
    var (decimals, scaled) = (0, value)
    while decimals < 6, abs(scaled - scaled.rounded()) > 1e-9 * max(1, abs(scaled)) {
      decimals += 1
      scaled *= 10
    }
    return real(value, decimals: decimals)
  }

  /// A share in per cent, one decimal, without its sign.
  static func percent(_ share: Double) -> Numeral { real(share * 100, decimals: 1) }

  /// A p-value: three decimals, and below that its power of ten.
  static func pValue(_ value: Double) -> Numeral {
    guard value < 0.001 else { return real(value, decimals: 3) }
    guard value > 1e-300 else { return Numeral(text: "< 10⁻³⁰⁰") }
    var exponent = 0
    var mantissa = value
    while mantissa < 1 {
      mantissa *= 10
      exponent += 1
    }
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let power = String(String(exponent).compactMap(\.wholeNumberValue).map { digits[$0] })
    return Numeral(text: real(mantissa, decimals: 1).text + " × 10⁻" + power)
  }

  /// "92.3–97.2 %", "1.3 % or less", "98.7 % or more".
  static func interval(_ share: Share) -> Numeral {
    let (lo, hi) = (percent(share.lo).text, percent(share.hi).text)
    if share.of == 0 { return Numeral(text: "no trials") }
    if share.moved == 0 { return Numeral(text: "\(hi) % or less") }
    if share.moved == share.of { return Numeral(text: "\(lo) % or more") }
    return Numeral(text: "\(lo)–\(hi) %")
  }

  /// "286 of 300".
  static func of(_ share: Share) -> Numeral {
    Numeral(text: "\(count(share.moved).text) of \(count(share.of).text)")
  }

  /// "5.4 MB": sizes of files, in powers of ten.
  static func bytes(_ value: Int) -> Numeral {
    guard value >= 1000 else { return Numeral(text: "\(count(value).text) bytes") }
    var size = Double(value) / 1000
    for unit in ["kB", "MB", "GB"] {
      if size < 1000 { return Numeral(text: "\(real(size, decimals: 1).text) \(unit)") }
      size /= 1000
    }
    return Numeral(text: "\(real(size, decimals: 1).text) TB")
  }
}
