// Two clusters of numbers: how activation tuning and head surgery tell what a trigger moves from what it does not.

/// The split of sorted numbers with the least squares within both parts.
///
/// Two-means in one dimension, exact, so that it needs no start.
enum LargerCluster {
  /// 1 for the numbers of the larger cluster, 0 for the others.
  static func mask(_ values: [Float]) -> [Float] {
    var mask = [Float](repeating: 0, count: values.count)
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let total = values.reduce(0.0) { $0 + Double($1) }
    var (below, best, split) = (0.0, -Double.infinity, values.count)
    for (count, place) in order.enumerated() {
      if count > 0 {
        let (left, right) = (Double(count), Double(values.count - count))
        let between = below * below / left + (total - below) * (total - below) / right
        if between > best { (best, split) = (between, count) }
      }
      below += Double(values[place])
    }
    for place in order[min(split, order.count)...] { mask[place] = 1 }
    return mask
  }
}
