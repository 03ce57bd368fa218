// The median without sorting all values: the search for the middle one by parting them again and again (Hoare 1961),
// about ten times faster than a sort for the thousands of coefficients of a picture.

/// The median of some values, which are reordered; the mean of the middle two of an even number.
func median(_ values: inout [Float]) -> Float {
  let count = values.count
  return values.withUnsafeMutableBufferPointer { values in
    let upper = select(count / 2, in: values)
    guard count % 2 == 0 else { return upper }
    // Everything before the middle is no larger than it: the other one of the two is the largest there.
    var lower = values[0]
    for index in 1..<max(1, count / 2) { lower = max(lower, values[index]) }
    return (lower + upper) / 2
  }
}

/// The value that stands at a place of the sorted values; no larger ones remain before it.
private func select(_ place: Int, in values: UnsafeMutableBufferPointer<Float>) -> Float {
  var (low, high) = (0, values.count - 1)
  while low < high {
    // The middle of three as pivot, so that sorted values part evenly.
    let (a, b, c) = (values[low], values[(low + high) / 2], values[high])
    let pivot = max(min(a, b), min(max(a, b), c))
    var (left, right) = (low, high)
    while left <= right {
      while values[left] < pivot { left += 1 }
      while values[right] > pivot { right -= 1 }
      if left <= right {
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
    }
    if place <= right { high = right } else if place >= left { low = left } else { return values[place] }
  }
  return values[place]
}
