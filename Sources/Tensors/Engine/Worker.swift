// What one thread needs to run a tower: a scratchpad and an arena that stops growing after the first chunk.

import CAssay
import Dispatch
import Synchronization

/// One thread's working memory.
public final class Worker: @unchecked Sendable {
  private var pad: UnsafeMutableRawPointer
  private var padBytes: Int
  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var current = 0
  private var used = 0
  /// Bytes that are valid now, and the most that were at once.
  private var (held, most) = (0, 0)

  static let alignment = 64

  init() {
    padBytes = 1 << 16
    pad = .allocate(byteCount: padBytes, alignment: Worker.alignment)
  }

  deinit {
    pad.deallocate()
    for block in blocks { block.deallocate() }
  }

  /// The scratchpad, at least `bytes` long; a product writes over it.
  public func scratchpad(bytes: Int) -> UnsafeMutableRawPointer {
    if bytes > padBytes {
      pad.deallocate()
      padBytes = bytes
      pad = .allocate(byteCount: bytes, alignment: Worker.alignment)
    }
    return pad
  }

  /// Room for `count` elements, valid until the next `reset` or the end of the scope; its contents are undefined.
  public func allocate<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
    let bytes =
      (max(1, count) * MemoryLayout<Element>.stride + Worker.alignment - 1) & ~(Worker.alignment - 1)
    while current < blocks.count, used + bytes > blocks[current].count {
      current += 1
      used = 0
    }
    if current == blocks.count {
      blocks.append(.allocate(byteCount: max(bytes, 1 << 20), alignment: Worker.alignment))
    }
    guard let base = blocks[current].baseAddress else { preconditionFailure("an empty block") }
    defer {
      used += bytes
      held += bytes
      most = max(most, held)
    }
    return (base + used).bindMemory(to: type, capacity: max(1, count))
  }

  /// Room for floats.
  public func floats(_ count: Int) -> UnsafeMutablePointer<Float> { allocate(count, of: Float.self) }

  /// Room for bytes.
  public func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(allocate(count, of: UInt8.self))
  }

  /// Runs `body` and forgets what it allocated.
  public func scope<Result>(_ body: () throws -> Result) rethrows -> Result {
    let mark = (current, used, held)
    defer {
      (current, used, held) = mark
      while blocks.count > current + 1 { blocks.removeLast().deallocate() }
    }
    return try body()
  }

  /// Forgets everything that was allocated.
  ///
  /// What was too small for the most that was needed is replaced by one block of that size, so that a steady state
  /// allocates nothing.
  public func reset() {
    (current, used, held) = (0, 0, 0)
    guard let first = blocks.first, blocks.count > 1 || first.count < most else { return }
    for block in blocks { block.deallocate() }
    blocks = [.allocate(byteCount: most, alignment: Worker.alignment)]
  }
}

/// A fixed number of workers that take chunks in turn.
///
/// A chunk's result never depends on who took it. Subnormal numbers are taken for zero while it is computed, on whatever
/// thread that is.
public final class WorkerPool: Sendable {
  private let workers: [Worker]

  /// Workers in this pool.
  public var count: Int { workers.count }

  /// A pool of `count` workers, each of one thread.
  public init(count: Int) {
    workers = (0..<max(1, count)).map { _ in Worker() }
  }

  /// Runs `body` once for every chunk in 0..<chunks and returns when all are done, or throws the first chunk's error.
  public func run(chunks: Int, _ body: @Sendable (_ chunk: Int, _ worker: Worker) throws -> Void) throws {
    let failures = Mutex<[Int: any Error]>([:])
    forEach(chunks: chunks) { chunk, worker in
      guard failures.withLock({ $0.isEmpty }) else { return }
      do {
        try body(chunk, worker)
      } catch {
        failures.withLock { $0[chunk] = error }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
  }

  /// Runs `body`, which cannot fail, once for every chunk.
  public func forEach(chunks: Int, _ body: @Sendable (_ chunk: Int, _ worker: Worker) -> Void) {
    let next = Atomic<Int>(0)
    @Sendable func work(_ index: Int) {
      let mode = assay_flush_subnormals()
      defer { assay_restore_subnormals(mode) }
      while true {
        let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard chunk < chunks else { return }
        workers[index].reset()
        body(chunk, workers[index])
      }
    }
    if chunks <= 1 || workers.count == 1 { return work(0) }
    DispatchQueue.concurrentPerform(iterations: min(workers.count, chunks)) { work($0) }
  }
}
