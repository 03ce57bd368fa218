// Weights, converted and packed once into the panels that the kernels read.

import CAssay

/// The right operand of a product, [depth, columns], in panels.
final class PackedWeights: @unchecked Sendable {
  let depth, columns: Int
  let precision: Precision
  let pointer: UnsafeMutableRawPointer

  /// Packs weights whose element (k, n) is at k · depthStride + n · columnStride.
  init(
    _ weights: UnsafePointer<Float>, depth: Int, columns: Int, depthStride: Int, columnStride: Int,
    precision: Precision
  ) {
    self.depth = depth
    self.columns = columns
    self.precision = precision
    let half: Int32 = precision == .bf16 ? 1 : 0
    pointer = .allocate(
      byteCount: max(64, assay_packed_bytes(depth, columns, half)), alignment: Worker.alignment)
    assay_pack(weights, depth, columns, depthStride, columnStride, half, pointer)
  }

  deinit { pointer.deallocate() }
}

/// Constant floats at a stable address.
final class ConstantVector: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>

  init(_ values: [Float]) {
    pointer = .allocate(capacity: max(1, values.count))
    pointer.update(from: values, count: values.count)
  }

  deinit { pointer.deallocate() }
}
