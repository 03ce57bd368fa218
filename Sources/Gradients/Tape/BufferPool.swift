// Buffers that are taken and given back at every step, so that training allocates nothing in a steady state.

import Synchronization

/// Free buffers by their capacity.
final class BufferPool: Sendable {
  private struct Free: @unchecked Sendable {
    var buffers: [Int: [UnsafeMutableRawPointer]] = [:]
    /// Bytes of all buffers, free or taken.
    var bytes = 0
  }
  private let free = Mutex(Free())
  /// Buffers from this size on are kept for reuse; the C library is quick with smaller ones.
  private static let smallest = 1 << 10

  deinit {
    for list in free.withLock({ $0.buffers.values }) { for pointer in list { pointer.deallocate() } }
  }

  /// Bytes that were taken from the system and not given back.
  var bytes: Int { free.withLock { $0.bytes } }

  /// Room for at least `count` floats; contents are undefined.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
    // Few distinct capacities: a thirty-second of a power of two.
    var capacity = max(16, count)
    if capacity > BufferPool.smallest {
      let step = 1 << max(4, Int.bitWidth - capacity.leadingZeroBitCount - 6)
      capacity = (capacity + step - 1) / step * step
    }
    let kept = free.withLock { free -> UInt? in
      let kept = free.buffers[capacity]?.popLast()
      if kept == nil { free.bytes += capacity * 4 }
      return kept.map { UInt(bitPattern: $0) }
    }
    let raw =
      kept.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
      ?? .allocate(byteCount: capacity * 4, alignment: 64)
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  /// Gives buffers that nobody holds back to the system.
  func trim() {
    free.withLock { free in
      for (capacity, list) in free.buffers {
        free.bytes -= capacity * 4 * list.count
        for pointer in list { pointer.deallocate() }
      }
      free.buffers = [:]
    }
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    guard capacity > BufferPool.smallest else {
      free.withLock { $0.bytes -= capacity * 4 }
      return UnsafeMutableRawPointer(pointer).deallocate()
    }
    let address = UInt(bitPattern: pointer)
    free.withLock { free in
      guard let raw = UnsafeMutableRawPointer(bitPattern: address) else { return }
      free.buffers[capacity, default: []].append(raw)
    }
  }
}
