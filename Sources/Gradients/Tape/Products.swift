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
    let grain = rowGrain(
      rows: rows, flops: 2 * depth * columns, unit: left.windows == nil ? Tape.tileRows : left.perItem)
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
        product.residual = Tape.rows(UnsafeMutablePointer(mutating: residual), row: row, range)
      }
      product.result = Tape.rows(result, row: row, range)
      guard var windows = left.windows else {
        product.source = Tape.rows(UnsafeMutablePointer(mutating: left.pointer), row: left.row, range)
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

  /// Some of the rows of a matrix.
  private static func rows(_ start: UnsafeMutablePointer<Float>, row: Int, _ range: Range<Int>) -> assay_rows
  {
    assay_rows(
      start: start + range.lowerBound * row, per_item: range.count, item: range.count * row, row: row)
  }

  /// Rows that whole tiles of every instruction set make.
  private static let tileRows = 12
  /// Rows for which weights are fetched once, about: fewer would wait for memory.
  private static let chunkRows = 192

  /// Items of a chunk whose `each` rows are multiplied together: as many chunks for each thread.
  func itemGrain(_ items: Int, each: Int) -> Int {
    let chunks = chunks(rows: items * each)
    return max(1, (items + chunks - 1) / max(1, chunks))
  }

  /// Chunks of about `chunkRows` rows, as many for each thread.
  private func chunks(rows: Int) -> Int {
    let wanted = (rows + Tape.chunkRows - 1) / Tape.chunkRows
    return (wanted + workers.count - 1) / workers.count * workers.count
  }

  /// Rows of a chunk, a multiple of `unit`: as many chunks for each thread, and at least about two million operations.
  private func rowGrain(rows: Int, flops: Int, unit: Int) -> Int {
    let chunks = chunks(rows: rows)
    let grain = max((rows + chunks - 1) / max(1, chunks), (1 << 21) / max(1, flops), 1)
    return (grain + unit - 1) / unit * unit
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
