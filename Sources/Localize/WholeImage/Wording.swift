// Numbers in the sentences that searches leave in the table.

import Glibc

/// Two digits, for a sentence.
func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

/// A p-value to one digit, for a sentence.
func scientific(_ p: Double) -> String {
  guard p > 0, p < 0.01 else { return "\((p * 100).rounded() / 100)" }
  let exponent = Int(log10(p).rounded(.down))
  return "\(Int((p / pow(10, Double(exponent))).rounded()))e\(exponent)"
}
