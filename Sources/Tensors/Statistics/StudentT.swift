// Student's law: a deviation measured in units of a spread that was itself estimated from few values.
//
// Source: the tail is half of the regularized incomplete beta function I_x(ν/2, 1/2) at x = ν / (ν + t²), by Lentz's
// continued fraction (Press et al., "Numerical Recipes", section 6.4).

import Glibc

/// Student's t distribution.
public enum StudentT {
  /// P(T >= t) with the given degrees of freedom.
  public static func upperTail(_ t: Double, degrees: Double) -> Double {
    precondition(degrees > 0, "Student's law needs degrees of freedom")
    guard t.isFinite else { return t.isNaN ? .nan : (t > 0 ? 0 : 1) }
    let half = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
    return t >= 0 ? half : 1 - half
  }

  /// The regularized incomplete beta function I_x(a, b).
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    return x < (a + 1) / (a + b + 2)
      ? front * continuedFraction(x, a, b) / a : 1 - front * continuedFraction(1 - x, b, a) / b
  }

  /// Lentz's evaluation of the beta function's continued fraction.
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = d
    for step in 1...500 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / away(1 + even * d)
      c = away(1 + even / c)
      fraction *= c * d
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / away(1 + odd * d)
      c = away(1 + odd / c)
      fraction *= c * d
      if abs(c * d - 1) < 1e-15 { break }
    }
    return fraction
  }
}
