// y = x Wᵀ + b, and back: dx = dy W, dW = dyᵀ x, db = Σ dy.

extension Tape {
  /// A fully connected layer over rows.
  ///
  /// - Parameters:
  ///   - x: [rows, inputs]; leading extents are kept.
  ///   - weight: [outputs, inputs], or [inputs, outputs] when `transposed`.
  public func linear(
    _ x: Variable, _ weight: Variable, _ bias: Variable? = nil, transposed: Bool = false
  ) -> Variable {
    let (inputs, outputs) =
      transposed ? (weight.shape[0], weight.shape[1]) : (weight.shape[1], weight.shape[0])
    precondition(x.columns == inputs && (bias?.count ?? outputs) == outputs, "misshapen layer")
    let rows = x.rows
    let y = result(x.shape.dropLast() + [outputs], of: x, weight, bias)
    let packed = weight.derived(.forward) {
      pack(
        weight.pointer, depth: inputs, columns: outputs, depthStride: transposed ? outputs : 1,
        columnStride: transposed ? 1 : inputs)
    }
    multiply(
      Left(pointer: x.pointer, row: inputs), rows: rows, right: packed, depth: inputs, columns: outputs,
      bias: bias.map { UnsafePointer($0.pointer) }, into: y.pointer, row: outputs)
    record("linear", y) { [self] dy in
      if x.needsGradient {
        let packed = weight.derived(.backward) {
          pack(
            weight.pointer, depth: outputs, columns: inputs, depthStride: transposed ? 1 : inputs,
            columnStride: transposed ? outputs : 1)
        }
        let (dx, adding) = x.accumulate()
        multiply(
          Left(pointer: dy, row: outputs), rows: rows, right: packed, depth: outputs, columns: inputs,
          adding: adding ? UnsafePointer(dx) : nil, into: dx, row: inputs)
      }
      if weight.needsGradient {
        let (dw, adding) = weight.accumulate()
        let (left, right, height, width) =
          transposed
          ? (x.pointer, UnsafePointer(dy), inputs, outputs) : (dy, UnsafePointer(x.pointer), outputs, inputs)
        outer(
          left, right, rows: rows, height: height, width: width, adding: adding, into: dw)
      }
      if let bias, bias.needsGradient {
        sumRows(dy, rows: rows, columns: outputs, into: bias.accumulateZeroed())
      }
    }
    return y
  }

  /// result [height, width] = leftᵀ right over rows: the gradient of a weight.
  func outer(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, height: Int, width: Int,
    adding: Bool, into result: UnsafeMutablePointer<Float>
  ) {
    let packed = pack(right, depth: rows, columns: width, depthStride: width, columnStride: 1)
    multiply(
      Left(pointer: left, row: 1, element: height), rows: height, right: packed, depth: rows, columns: width,
      adding: adding ? UnsafePointer(result) : nil, into: result, row: width)
  }

  /// The products of all rows of `a` with all rows of `b`: a bᵀ.
  public func products(_ a: Variable, _ b: Variable) -> Variable {
    let y = result([a.rows, b.rows], of: a, b)
    let (m, n, depth) = (a.rows, b.rows, a.columns)
    precondition(b.columns == depth, "rows of different width")
    let packed = pack(b.pointer, depth: depth, columns: n, depthStride: 1, columnStride: depth)
    multiply(
      Left(pointer: a.pointer, row: depth), rows: m, right: packed, depth: depth, columns: n, into: y.pointer,
      row: n)
    record("products", y) { [self] dy in
      if a.needsGradient {
        let packed = pack(b.pointer, depth: n, columns: depth, depthStride: depth, columnStride: 1)
        let (da, adding) = a.accumulate()
        multiply(
          Left(pointer: dy, row: n), rows: m, right: packed, depth: n, columns: depth,
          adding: adding ? UnsafePointer(da) : nil, into: da, row: depth)
      }
      if b.needsGradient {
        let (db, adding) = b.accumulate()
        outer(dy, a.pointer, rows: m, height: n, width: depth, adding: adding, into: db)
      }
    }
    return y
  }
}
