// The one product under every layer: rows times packed weights, with bias, residual and activation on the way out.

import CAssay

/// An elementwise function fused into a product.
public enum Activation: Sendable, Hashable {
  /// None.
  case identity
  /// max(x, 0)
  case relu
  /// x · sigmoid(1.702 x), OpenAI's approximation.
  case quickGelu
  /// x / 2 · (1 + erf(x / √2))
  case gelu

  var code: Int32 {
    switch self {
    case .identity: Int32(ASSAY_IDENTITY)
    case .relu: Int32(ASSAY_RELU)
    case .quickGelu: Int32(ASSAY_QUICK_GELU)
    case .gelu: Int32(ASSAY_GELU)
    }
  }
}

extension Worker {
  /// result = activation(source · weights + bias + residual) over `rows` rows.
  ///
  /// Element (m, n) is one chain of fused multiply-adds over k: it depends neither on the other rows nor on threads.
  /// With bfloat16 weights the source is rounded to bfloat16 too; sums are single precision.
  func multiply(
    _ source: Rows, rows: Int, windows: UnsafePointer<assay_windows>? = nil, weights: UnsafeRawPointer,
    depth: Int, columns: Int, precision: Precision = .f32, bias: UnsafePointer<Float>? = nil,
    residual: Rows? = nil, activation: Activation = .identity, into result: Rows
  ) {
    var product = assay_product()
    product.rows = rows
    product.columns = columns
    product.depth = depth
    product.source = source.raw
    product.depth_stride = 1
    product.windows = windows
    product.weights = weights
    product.bf16 = precision == .bf16 ? 1 : 0
    product.bias = bias
    if let residual { product.residual = residual.raw }
    product.activation = activation.code
    product.result = result.raw
    assay_multiply(&product, scratchpad(bytes: assay_product_scratch(&product)))
  }
}
