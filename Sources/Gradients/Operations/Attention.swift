// Multi-head attention of ragged items: softmax(Q Kᵀ / √d) V, causal or not (Vaswani et al. 2017).
// Back, per item and head: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP − Σ P dP), dQ = dS K, dK = dSᵀ Q.

import CAssay
import Tensors

extension Tape {
  /// Columns of a variable's rows: one of query, key and value in rows that may hold all three.
  public struct Columns {
    let variable: Variable
    let first: Int

    /// The columns of `variable` from `first` on.
    public init(_ variable: Variable, from first: Int = 0) {
      (self.variable, self.first) = (variable, first)
    }
  }

  /// Rows of the queries and of the keys that belong to one item.
  public struct AttentionItem: Sendable {
    /// Rows of the queries.
    public var queries: Range<Int>
    /// Rows of the keys and values.
    public var keys: Range<Int>

    /// Rows of queries that see rows of keys.
    public init(queries: Range<Int>, keys: Range<Int>) { (self.queries, self.keys) = (queries, keys) }
  }

  /// Attends within every item; `width` columns are split among `heads`.
  public func attention(
    _ query: Columns, _ key: Columns, _ value: Columns, items: [AttentionItem], width: Int, heads: Int,
    isCausal: Bool = false
  ) -> Variable {
    let rows = items.map(\.queries.upperBound).max() ?? 0
    let y = result([rows, width], of: query.variable, key.variable, value.variable)
    let size = width / heads
    let scale = 1 / Float(size).squareRoot()
    // Where the probabilities of an item's heads begin.
    var starts = [0]
    for item in items { starts.append((starts.last ?? 0) + heads * item.queries.count * item.keys.count) }
    let places = starts
    let weights = Storage(max(1, places.last ?? 1), from: buffers)
    nonisolated(unsafe) let (query, key, value) = (query, key, value)
    @Sendable func blocks(_ item: AttentionItem, _ head: Int) -> (q: Block, k: Block, v: Block) {
      (
        Block(query, item.queries, head * size), Block(key, item.keys, head * size),
        Block(value, item.keys, head * size)
      )
    }
    parallel(items.count * heads, grain: 1) { range, worker in
      for place in range {
        let (item, head) = (items[place / heads], place % heads)
        let (q, k, v) = blocks(item, head)
        let (n, m) = (q.rows, k.rows)
        let scores = weights.pointer + places[place / heads] + head * n * m
        worker.scope {
          let scaled = q.copied(size, scale: scale, on: worker)
          worker.multiply(scaled, n, size, by: k.pointer, 1, k.row, m, size, into: scores, m)
          if isCausal {
            for row in 0..<n {
              for column in (row + 1)..<max(row + 1, m) { scores[row * m + column] = -1e30 }
            }
          }
          assay_softmax(scores, n, m)
          worker.multiply(
            scores, n, m, by: v.pointer, v.row, 1, size, m,
            into: y.pointer + item.queries.lowerBound * width + head * size, width)
        }
      }
    }
    record("attention", y) { [self] dy in
      func gradient(_ columns: Columns) -> UnsafeMutablePointer<Float>? {
        columns.variable.needsGradient ? columns.variable.accumulateZeroed() : nil
      }
      nonisolated(unsafe) let (dq, dk, dv) = (gradient(query), gradient(key), gradient(value))
      nonisolated(unsafe) let dy = dy
      parallel(items.count * heads, grain: 1) { range, worker in
        for place in range {
          let (item, head) = (items[place / heads], place % heads)
          let (q, k, v) = blocks(item, head)
          let (n, m) = (q.rows, k.rows)
          let p = weights.pointer + places[place / heads] + head * n * m
          let out = dy + item.queries.lowerBound * width + head * size
          worker.scope {
            let given = Block(pointer: out, row: width, rows: n).copied(size, scale: 1, on: worker)
            let room = worker.floats(max(n, m) * size)
            if let dv {
              worker.multiplyTransposed(p, n, m, by: given, size, into: room)
              v.add(room, size, to: dv)
            }
            let ds = worker.floats(n * m)
            worker.multiply(given, n, size, by: v.pointer, 1, v.row, m, size, into: ds, m)
            assay_softmax_back(p, ds, n, m)
            if let dq {
              worker.multiply(ds, n, m, by: k.pointer, k.row, 1, size, m, into: room, size)
              q.add(room, size, scale: scale, to: dq)
            }
            if let dk {
              worker.multiplyTransposed(
                ds, n, m, by: q.copied(size, scale: scale, on: worker), size, into: room)
              k.add(room, size, to: dk)
            }
          }
        }
      }
    }
    return y
  }

  /// Some columns of some rows.
  private struct Block {
    var pointer: UnsafeMutablePointer<Float>
    var row: Int
    var rows: Int
    var offset = 0

    init(pointer: UnsafeMutablePointer<Float>, row: Int, rows: Int) {
      (self.pointer, self.row, self.rows) = (pointer, row, rows)
    }

    init(_ columns: Columns, _ range: Range<Int>, _ column: Int) {
      row = columns.variable.columns
      rows = range.count
      offset = range.lowerBound * row + columns.first + column
      pointer = columns.variable.pointer + offset
    }

    func copied(_ width: Int, scale: Float, on worker: Worker) -> UnsafeMutablePointer<Float> {
      let copy = worker.floats(rows * width)
      for index in 0..<rows {
        for column in 0..<width { copy[index * width + column] = scale * pointer[index * row + column] }
      }
      return copy
    }

    func add(
      _ from: UnsafePointer<Float>, _ width: Int, scale: Float = 1, to gradient: UnsafeMutablePointer<Float>
    ) {
      for index in 0..<rows {
        let target = gradient + offset + index * row
        for column in 0..<width { target[column] += scale * from[index * width + column] }
      }
    }
  }
}

extension Worker {
  /// result [n, columns] = left [n, depth] · right, whose element (k, j) is at k · depthStride + j · columnStride.
  fileprivate func multiply(
    _ left: UnsafePointer<Float>, _ n: Int, _ leftRow: Int, by right: UnsafePointer<Float>,
    _ depthStride: Int, _ columnStride: Int, _ columns: Int, _ depth: Int,
    into result: UnsafeMutablePointer<Float>, _ resultRow: Int
  ) {
    scope {
      let packed = bytes(assay_packed_bytes(depth, columns, 0))
      assay_pack(right, depth, columns, depthStride, columnStride, 0, packed)
      product(left, rows: n, row: leftRow, element: 1, packed, columns, depth, into: result, resultRow)
    }
  }

  /// result [m, columns] = leftᵀ · right over n rows, onto what is there where `adding`; all dense.
  func multiplyTransposed(
    _ left: UnsafePointer<Float>, _ n: Int, _ m: Int, by right: UnsafePointer<Float>, _ columns: Int,
    adding: Bool = false, into result: UnsafeMutablePointer<Float>
  ) {
    scope {
      let packed = bytes(assay_packed_bytes(n, columns, 0))
      assay_pack(right, n, columns, columns, 1, 0, packed)
      product(left, rows: m, row: 1, element: m, packed, columns, n, adding: adding, into: result, columns)
    }
  }

  private func product(
    _ left: UnsafePointer<Float>, rows: Int, row: Int, element: Int, _ packed: UnsafeRawPointer,
    _ columns: Int, _ depth: Int, adding: Bool = false, into result: UnsafeMutablePointer<Float>,
    _ resultRow: Int
  ) {
    var product = assay_product()
    product.rows = rows
    product.columns = columns
    product.depth = depth
    product.source = assay_rows(
      start: UnsafeMutablePointer(mutating: left), per_item: 1, item: row, row: row)
    product.depth_stride = element
    product.weights = packed
    product.result = assay_rows(start: result, per_item: 1, item: resultRow, row: resultRow)
    if adding { product.residual = product.result }
    assay_multiply(&product, scratchpad(bytes: assay_product_scratch(&product)))
  }
}
