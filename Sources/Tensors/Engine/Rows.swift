// Where the rows of an operand lie in memory, so that a product reads and writes them in place.

import CAssay

/// Rows of floats at regular distances: row m of `perItem` rows an item is at item · (m / perItem) + row · (m % perItem).
public struct Rows {
  let pointer: UnsafeMutablePointer<Float>
  let perItem, item, row: Int

  /// Rows `row` floats apart.
  public init(_ pointer: UnsafePointer<Float>, row: Int) {
    self.init(pointer, perItem: 1, item: row, row: row)
  }

  /// `perItem` rows, `row` floats apart, in every item; items are `item` floats apart.
  public init(_ pointer: UnsafePointer<Float>, perItem: Int, item: Int, row: Int) {
    self.pointer = UnsafeMutablePointer(mutating: pointer)
    self.perItem = perItem
    self.item = item
    self.row = row
  }

  var raw: assay_rows { assay_rows(start: pointer, per_item: perItem, item: item, row: row) }
}
