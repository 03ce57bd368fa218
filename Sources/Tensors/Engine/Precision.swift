// In what arithmetic the towers run, and why.

/// The arithmetic of matrix products and convolutions; everything else is single precision.
public enum Precision: String, Sendable, Codable, CaseIterable {
  /// Single precision throughout.
  case f32
  /// Inputs and weights rounded to bfloat16, products summed in single precision.
  case bf16

  /// A precision and the reason it was chosen, as the report prints it.
  public struct Choice: Sendable, Codable, Equatable {
    /// What the towers run in.
    public var precision: Precision
    /// Why.
    public var reason: String

    /// A choice.
    public init(_ precision: Precision, _ reason: String) {
      self.precision = precision
      self.reason = reason
    }
  }

  /// The choice for `--precision`: a fixed one, or `nil` for auto.
  public static func choose(_ requested: Precision?) -> Choice {
    switch requested {
    case .f32: Choice(.f32, "asked for")
    case .bf16 where Backend.hasBFloat16: Choice(.bf16, "asked for; the processor multiplies bfloat16")
    case .bf16:
      Choice(
        .bf16,
        "asked for; emulated in single precision, which is slow: the processor has no bfloat16 products")
    case nil where Backend.hasBFloat16: Choice(.bf16, "auto: the processor multiplies bfloat16")
    case nil: Choice(.f32, "auto: the processor has no bfloat16 products")
    }
  }
}
