// Rows are independent: two cores share them. Every result has its own slot, so the order of the threads never shows.

internal import Dispatch

/// The results of `body` for 0..<count, in order, computed on all cores.
func concurrentMap<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
  [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
    if let slots = buffer.baseAddress {
      nonisolated(unsafe) let first = slots
      DispatchQueue.concurrentPerform(iterations: count) { (first + $0).initialize(to: body($0)) }
    }
    initialized = count
  }
}
