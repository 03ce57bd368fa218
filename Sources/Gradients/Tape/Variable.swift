// A dense array of floats with a place for its gradient: what operations take and give.

/// Floats at a stable, aligned address; given back to the pool that they came from.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let capacity: Int
  private let pool: BufferPool

  init(_ count: Int, from pool: BufferPool) {
    self.pool = pool
    (pointer, capacity) = pool.take(count)
  }

  deinit { pool.give(pointer, capacity) }

  /// The address, while the storage is held: a bare `pointer` may outlive it.
  func read<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
    withExtendedLifetime(self) { body(pointer) }
  }
}

/// An array of floats, row-major; maps of pictures are [items, height, width, channels].
public final class Variable: @unchecked Sendable {
  /// The extents.
  public let shape: [Int]
  /// Number of elements.
  public let count: Int
  /// Whether a backward pass computes its gradient.
  public var needsGradient: Bool
  private var held: Storage?
  /// Computes the values again, where they can be let go of until the backward pass.
  var remake: (() -> Storage)?
  private(set) var gradientStorage: Storage?
  private let buffers: BufferPool
  /// Counts changes, so that what is derived from the values is derived again.
  private(set) var version = 0
  private var derived: [Derived: (versions: [Int], storage: Storage)] = [:]

  /// What is kept beside weights: their packed forms.
  enum Derived: Hashable {
    case forward, backward
  }

  init(shape: [Int], needsGradient: Bool, buffers: BufferPool, sharing: Storage? = nil) {
    self.shape = shape
    count = shape.reduce(1, *)
    self.needsGradient = needsGradient
    self.buffers = buffers
    held = sharing ?? Storage(count, from: buffers)
  }

  /// The values, computed again if they were let go of; on one thread alone.
  var storage: Storage {
    if let held { return held }
    guard let made = remake?() else { preconditionFailure("values that cannot be computed again") }
    held = made
    return made
  }

  /// Lets the values go, if they can be computed again.
  func release() { if remake != nil { held = nil } }

  /// Lets the values go for good.
  func discard() { (held, remake) = (nil, nil) }

  // MARK: Leaves

  /// Whether no operation made it.
  var isLeaf = false
  /// The leaves among what it was made of whose gradient is asked for.
  var leaves: [Variable] = []
  /// Recorded steps that have yet to add to the gradient of this leaf.
  private var pending = 0
  /// Called when the last of them has.
  var whole: (() -> Void)?

  func awaitGradient() { pending += 1 }

  func gradientArrived() {
    pending -= 1
    if pending == 0, gradientStorage != nil { whole?() }
  }

  var pointer: UnsafeMutablePointer<Float> { storage.pointer }
  /// The last extent: the width of a row.
  public var columns: Int { shape.last ?? 1 }
  /// Rows of `columns` elements.
  public var rows: Int { columns == 0 ? 0 : count / columns }

  /// A copy of the values.
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// A copy of the gradient; nil where none arrived.
  public var gradient: [Float]? {
    gradientStorage.map { Array(UnsafeBufferPointer(start: $0.pointer, count: count)) }
  }

  /// The one value of a variable of one element.
  public var number: Float { pointer[0] }

  /// Puts new values into a leaf.
  public func assign(_ values: [Float]) {
    precondition(values.count == count, "misshapen values")
    pointer.update(from: values, count: count)
    changed()
  }

  /// Lets the values be rewritten in place.
  public func update(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    body(UnsafeMutableBufferPointer(start: pointer, count: count))
    changed()
  }

  /// Reads the values in place.
  public func read<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    try body(UnsafeBufferPointer(start: pointer, count: count))
  }

  func changed() {
    version += 1
    derived = [:]
  }

  /// Forgets the gradient.
  public func clearGradient() { gradientStorage = nil }

  /// Where a gradient is to be written, and whether it is added to one that is there.
  func accumulate() -> (pointer: UnsafeMutablePointer<Float>, adding: Bool) {
    if let gradientStorage { return (gradientStorage.pointer, true) }
    let new = Storage(count, from: buffers)
    gradientStorage = new
    return (new.pointer, false)
  }

  /// Where a gradient is added: zero where none was.
  func accumulateZeroed() -> UnsafeMutablePointer<Float> {
    let (pointer, adding) = accumulate()
    if !adding { pointer.update(repeating: 0, count: count) }
    return pointer
  }

  /// Takes another's gradient over, where it has none of its own.
  func adopt(_ storage: Storage) -> Bool {
    guard gradientStorage == nil else { return false }
    gradientStorage = storage
    return true
  }

  /// Weights from this size on that are trained keep nothing derived: it lives for one step and takes their size again.
  private static let large = 1 << 18

  /// Something derived from this leaf and others, kept until one of them changes.
  func derived(_ kind: Derived, with others: [Variable] = [], _ make: () -> Storage) -> Storage {
    let versions = [version] + others.map(\.version)
    if let kept = derived[kind], kept.versions == versions { return kept.storage }
    let storage = make()
    if needsGradient, count >= Variable.large {
      derived[kind] = nil
    } else {
      derived[kind] = (versions, storage)
    }
    return storage
  }
}
