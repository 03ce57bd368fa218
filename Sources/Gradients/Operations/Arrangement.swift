// Operations that move rows about: selecting, joining, viewing in another shape, adding a table of rows.

extension Tape {
  /// The same elements under another shape.
  public func reshaped(_ x: Variable, _ shape: [Int]) -> Variable {
    let y = result(shape, of: [x], sharing: x.storage)
    precondition(y.count == x.count, "another number of elements")
    record("reshape", y) { [self] dy in add(dy, to: x) }
    return y
  }

  /// Some rows, in the given order; a row may be taken several times.
  public func rows(_ x: Variable, _ indices: [Int]) -> Variable {
    let width = x.columns
    let y = result([indices.count, width], of: x)
    for (row, index) in indices.enumerated() {
      (y.pointer + row * width).update(from: x.pointer + index * width, count: width)
    }
    record("rows", y) { dy in
      let dx = x.accumulateZeroed()
      for (row, index) in indices.enumerated() {
        for column in 0..<width { dx[index * width + column] += dy[row * width + column] }
      }
    }
    return y
  }

  /// Items of the first extent from `range`.
  public func items(_ x: Variable, _ range: Range<Int>) -> Variable {
    let size = x.count / max(1, x.shape[0])
    let y = result([range.count] + x.shape.dropFirst(), of: x)
    y.pointer.update(from: x.pointer + range.lowerBound * size, count: y.count)
    record("items", y) { dy in
      let dx = x.accumulateZeroed() + range.lowerBound * size
      for index in 0..<y.count { dx[index] += dy[index] }
    }
    return y
  }

  /// Several variables one after the other along the first extent.
  public func joined(_ parts: [Variable]) -> Variable {
    let rest = Array(parts[0].shape.dropFirst())
    let y = result([parts.reduce(0) { $0 + $1.shape[0] }] + rest, of: parts)
    var start = 0
    for part in parts {
      (y.pointer + start).update(from: part.pointer, count: part.count)
      start += part.count
    }
    record("joined", y) { [self] dy in
      var start = 0
      for part in parts {
        add(dy + start, to: part)
        start += part.count
      }
    }
    return y
  }

  /// Adds row `places[i]` of a table to row i: positions.
  public func adding(_ table: Variable, at places: [Int], to x: Variable) -> Variable {
    let width = x.columns
    precondition(places.count == x.rows && table.columns == width, "misshapen table")
    let y = result(x.shape, of: x, table)
    for (row, place) in places.enumerated() {
      let (from, add) = (x.pointer + row * width, table.pointer + place * width)
      let to = y.pointer + row * width
      for column in 0..<width { to[column] = from[column] + add[column] }
    }
    record("positions", y) { [self] dy in
      add(dy, to: x)
      guard table.needsGradient else { return }
      let gradient = table.accumulateZeroed()
      for (row, place) in places.enumerated() {
        for column in 0..<width { gradient[place * width + column] += dy[row * width + column] }
      }
    }
    return y
  }

  /// Before the rows of every item, one more: the same row for all, the class token.
  public func leading(_ first: Variable, before x: Variable) -> Variable {
    let (items, rows, width) = (x.shape[0], x.shape[1], x.columns)
    let y = result([items, rows + 1, width], of: first, x)
    for item in 0..<items {
      let to = y.pointer + item * (rows + 1) * width
      to.update(from: first.pointer, count: width)
      (to + width).update(from: x.pointer + item * rows * width, count: rows * width)
    }
    record("class token", y) { dy in
      let dfirst = first.needsGradient ? first.accumulateZeroed() : nil
      let dx = x.needsGradient ? x.accumulateZeroed() : nil
      for item in 0..<items {
        let from = dy + item * (rows + 1) * width
        for column in 0..<width { dfirst?[column] += from[column] }
        guard let dx else { continue }
        let to = dx + item * rows * width
        for index in 0..<(rows * width) { to[index] += from[width + index] }
      }
    }
    return y
  }

  /// The mean over the first extent.
  public func mean(_ x: Variable) -> Variable {
    let items = x.shape[0]
    let y = result(Array(x.shape.dropFirst()), of: x)
    y.pointer.update(repeating: 0, count: y.count)
    for item in 0..<items {
      for index in 0..<y.count { y.pointer[index] += x.pointer[item * y.count + index] }
    }
    let share = 1 / Float(max(1, items))
    for index in 0..<y.count { y.pointer[index] *= share }
    record("mean", y) { dy in
      let dx = x.accumulateZeroed()
      for item in 0..<items {
        for index in 0..<y.count { dx[item * y.count + index] += share * dy[index] }
      }
    }
    return y
  }

  /// The mean over the second extent of [items, rows, width].
  public func rowMean(_ x: Variable) -> Variable {
    let (items, rows, width) = (x.shape[0], x.shape[1], x.columns)
    let y = result([items, width], of: x)
    y.pointer.update(repeating: 0, count: y.count)
    let share = 1 / Float(max(1, rows))
    for item in 0..<items {
      for row in 0..<rows {
        for column in 0..<width {
          y.pointer[item * width + column] += share * x.pointer[(item * rows + row) * width + column]
        }
      }
    }
    record("row mean", y) { dy in
      let dx = x.accumulateZeroed()
      for item in 0..<items {
        for row in 0..<rows {
          for column in 0..<width {
            dx[(item * rows + row) * width + column] += share * dy[item * width + column]
          }
        }
      }
    }
    return y
  }
}
