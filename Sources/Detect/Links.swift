// Things joined into groups two at a time (disjoint sets). Source: Tarjan and van Leeuwen 1984, path halving.

/// Rows joined into groups, each named by its lowest row, so that the order of joining does not matter.
struct Links {
  private var parent: [Int]

  /// Rows of which each is a group by itself.
  init(count: Int) { parent = Array(0..<count) }

  /// The lowest row of a row's group.
  mutating func root(_ row: Int) -> Int {
    var row = row
    while parent[row] != row {
      parent[row] = parent[parent[row]]
      row = parent[row]
    }
    return row
  }

  /// Makes one group of two.
  mutating func join(_ a: Int, _ b: Int) {
    let (one, other) = (root(a), root(b))
    parent[max(one, other)] = min(one, other)
  }
}
