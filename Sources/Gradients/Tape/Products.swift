// The products under the operations: the engine's one product, its rows shared among the threads.

import CAssay
import Tensors

/// The left operand of a product: its rows, or the windows of maps.
struct Left {
  var pointer: UnsafePointer<Float>
  /// Distance of rows and of a row's elements, in floats.
  var row: Int
  var element = 1
  /// Where rows are windows: their geometry, the pixels of one map and the floats of one map.
  var windows: assay_windows?
  var perItem = 1
  var item = 0
}

extension Tape {
  /// Packs a right operand whose element (k, n) is at k · depthStride + n · columnStride.
  func pack(
    _ from: UnsafePointer<Float>, depth: Int, columns: Int, depthStride: Int, columnStride: Int
  ) -> Storage {
    let half: Int32 = precision == .bf16 ? 1 : 0
    let storage = Storage(assay_packed_bytes(depth, columns, half) / 4, from: buffers)
    let panel = assay_panel()
    let floats = assay_packed_bytes(depth, panel, half) / 4
    // Panels are consecutive; only the whole is rounded up to 64 bytes, and so is every panel.
    let grain = max(1, (1 << 15) / max(1, depth * panel))
    nonisolated(unsafe) let (source, target) = (from, storage.pointer)
    let whole = floats * 4 == (half == 1 ? (depth + 1) / 2 : depth) * panel * 4
    guard whole else {
      assay_pack(from, depth, columns, depthStride, columnStride, half, storage.pointer)
      return storage
    }
    parallel((columns + panel - 1) / panel, grain: grain) { range, _ in
      let first = range.lowerBound * panel
      assay_pack(
        source + first * columnStride, depth, min(columns, range.upperBound * panel) - first, depthStride,
        columnStride, half, target + range.lowerBound * floats)
    }
    return storage
  }

  /// result = activation(left · right + bias + result, where `adding`).
  func multiply(
    _ left: Left, rows: Int, right: Storage, depth: Int, columns: Int,
    bias: UnsafePointer<Float>? = nil, adding residual: UnsafePointer<Float>? = nil,
    activation: Activation = .identity,
    into result: UnsafeMutablePointer<Float>, row: Int
  ) {
    let half: Int32 = precision == .bf16 ? 1 : 0
    nonisolated(unsafe) let (left, bias, residual, result) = (left, bias, residual, result)
    // A window's place is counted from the start of its map, so a chunk holds whole maps.
    let wanted = Tape.rowGrain(flops: 2 * depth * columns)
    let grain = left.windows == nil ? wanted : max(1, wanted / left.perItem) * left.perItem
    parallel(rows, grain: grain) { range, worker in
      var product = assay_product()
      product.rows = range.count
      product.columns = columns
      product.depth = depth
      product.depth_stride = left.element
      product.weights = UnsafeRawPointer(right.pointer)
      product.bf16 = half
      product.bias = bias
      product.activation = activation.code
      if let residual {
        product.residual = assay_rows(
          start: UnsafeMutablePointer(mutating: residual + range.lowerBound * row), per_item: 1, item: row,
          row: 0)
      }
      product.result = assay_rows(start: result + range.lowerBound * row, per_item: 1, item: row, row: 0)
      guard var windows = left.windows else {
        let start = left.pointer + range.lowerBound * left.row
        product.source = assay_rows(
          start: UnsafeMutablePointer(mutating: start), per_item: 1, item: left.row, row: 0)
        return assay_multiply(&product, worker.scratchpad(bytes: assay_product_scratch(&product)))
      }
      let start = left.pointer + range.lowerBound / left.perItem * left.item
      product.source = assay_rows(
        start: UnsafeMutablePointer(mutating: start), per_item: left.perItem, item: left.item, row: left.row)
      withUnsafePointer(to: &windows) {
        product.windows = $0
        assay_multiply(&product, worker.scratchpad(bytes: assay_product_scratch(&product)))
      }
    }
  }

  /// Rows of a chunk: whole tiles and about two million operations, whatever the number of threads.
  static func rowGrain(flops: Int) -> Int {
    (max(1, (1 << 21) / max(1, flops)) + 11) / 12 * 12
  }

  /// The sums over rows, added to `sums`: partial sums of fixed parts of the rows, in order.
  func sumRows(_ x: UnsafePointer<Float>, rows: Int, columns: Int, into sums: UnsafeMutablePointer<Float>) {
    let grain = 512
    let parts = (rows + grain - 1) / grain
    let partial = Storage(max(1, parts) * columns, from: buffers)
    nonisolated(unsafe) let source = x
    parallel(rows, grain: grain) { range, _ in
      let part = partial.pointer + range.lowerBound / grain * columns
      part.update(repeating: 0, count: columns)
      assay_sum_rows(source + range.lowerBound * columns, range.count, columns, part)
    }
    partial.read { if parts > 0 { assay_sum_rows($0, parts, columns, sums) } }
  }
}
