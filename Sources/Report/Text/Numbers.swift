// How numbers are printed (report.md E1.5): counts always as "k of n", no percentage without its interval, no plain
// nought and no plain whole: a share of none or of all is given by the bound that the trials support.

/// Numbers as the report prints them.
enum Numbers {
  /// A count, its thousands apart by a narrow space.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
      text.append(digit)
    }
    return value < 0 ? "−" + text : text
  }

  /// A real with a fixed number of decimals, a true minus sign, and a word where it is not a number.
  static func real(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "not a number" }
    let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = Int(scaled / scale)
    let sign = value < 0 && scaled > 0 ? "−" : ""
    guard decimals > 0 else { return sign + count(whole) }
    let rest = String(Int(scaled) - whole * Int(scale))
    return sign + count(whole) + "." + String(repeating: "0", count: max(0, decimals - rest.count)) + rest
  }

  /// A share in per cent, one decimal, without its sign.
  static func percent(_ share: Double) -> String { real(share * 100, decimals: 1) }

  /// A p-value: three decimals, and below that its power of ten.
  static func pValue(_ value: Double) -> String {
    guard value.isFinite else { return "not a number" }
    if value >= 0.001 { return real(value, decimals: 3) }
    guard value > 1e-300 else { return "< 10⁻³⁰⁰" }
    var exponent = 0
    var mantissa = value
    while mantissa < 1 {
      mantissa *= 10
      exponent += 1
    }
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let power = String(String(exponent).compactMap(\.wholeNumberValue).map { digits[$0] })
    return real(mantissa, decimals: 1) + " × 10⁻" + power
  }

  /// "92.3–97.2 %", "1.3 % or less", "98.7 % or more".
  static func interval(_ share: Share) -> String {
    if share.of == 0 { return "no trials" }
    if share.moved == 0 { return "\(percent(share.hi)) % or less" }
    if share.moved == share.of { return "\(percent(share.lo)) % or more" }
    return "\(percent(share.lo))–\(percent(share.hi)) %"
  }

  /// "286 of 300".
  static func of(_ share: Share) -> String { "\(count(share.moved)) of \(count(share.of))" }

  /// "5.4 MB": sizes of files, in powers of ten.
  static func bytes(_ value: Int) -> String {
    var size = Double(value)
    for unit in ["bytes", "kB", "MB", "GB"] {
      if size < 1000 { return unit == "bytes" ? "\(count(value)) bytes" : "\(real(size, decimals: 1)) \(unit)" }
      size /= 1000
    }
    return "\(real(size, decimals: 1)) TB"
  }
}
