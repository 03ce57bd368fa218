// Captions as a forest of their prefixes: under a causal mask a prefix that captions share is computed once. Prompts
// built from templates share more than half of their positions.

/// Some captions, each a path from a root to its end node; a parent comes before its children.
struct PrefixForest {
  /// The token of each node.
  private(set) var tokens: [Int32] = []
  /// The position of each node in its caption.
  private(set) var depths: [Int32] = []
  /// The node before each node; -1 for the first of a caption.
  private(set) var parents: [Int32] = []
  /// The last node of each caption, in the order they were added.
  private(set) var ends: [Int32] = []
  /// The path to the last caption's end.
  private var path: [Int32] = []

  /// Nodes that adding a caption would add, if the previous one is `path`.
  private func shared(with caption: [Int32]) -> Int {
    zip(path, caption).prefix { tokens[Int($0)] == $1 }.count
  }

  /// Adds a caption that does not precede the previous one in lexicographic order.
  private mutating func add(_ caption: [Int32], sharing count: Int) {
    path.removeLast(path.count - count)
    for depth in count..<max(count, caption.count) {
      parents.append(path.last ?? -1)
      path.append(Int32(tokens.count))
      tokens.append(caption[depth])
      depths.append(Int32(depth))
    }
    if let end = path.last { ends.append(end) }
  }

  /// Forests of at most `limit` nodes each (or of one longer caption), and the captions in each.
  ///
  /// - Parameter captions: distinct, not empty.
  static func grow(_ captions: [[Int32]], limit: Int) -> [(forest: PrefixForest, captions: [Int])] {
    let order = captions.indices.sorted { captions[$0].lexicographicallyPrecedes(captions[$1]) }
    var grown: [(forest: PrefixForest, captions: [Int])] = []
    for index in order {
      let caption = captions[index]
      if let last = grown.last {
        let shared = last.forest.shared(with: caption)
        if last.forest.tokens.count + caption.count - shared <= limit {
          grown[grown.count - 1].forest.add(caption, sharing: shared)
          grown[grown.count - 1].captions.append(index)
          continue
        }
      }
      var forest = PrefixForest()
      forest.add(caption, sharing: 0)
      grown.append((forest, [index]))
    }
    return grown
  }
}
