// A fixed sample of a set: the rows with the smallest keyed hashes of their content (Broder 1997, bottom-k sketch).
//
// One pass finds it in memory for the sample alone, whatever the order of rows; rows that are equal stand in it once,
// so that copies of one pair cannot fill it; and the samples of two sets join to the sample of both.

import Synchronization
import Tensors

/// Distinct rows in the order of their hashes.
struct RowSample: Sendable {
  private(set) var hashes: [UInt64] = []
  private var values: [Float] = []
  private let width: Int

  /// No rows.
  init(width: Int) { self.width = width }

  /// The rows.
  var rows: Matrix { Matrix(rows: hashes.count, columns: width, values: values) }

  private mutating func append(_ hash: UInt64, _ row: ArraySlice<Float>) {
    hashes.append(hash)
    values += row
  }

  /// The `count` rows with the smallest hashes, each once, in their order.
  func first(_ count: Int) -> RowSample {
    var kept = RowSample(width: width)
    for place in hashes.indices.sorted(by: { hashes[$0] < hashes[$1] })
    where kept.hashes.last != hashes[place] {
      guard kept.hashes.count < count else { break }
      kept.append(hashes[place], values[place * width..<(place + 1) * width])
    }
    return kept
  }

  /// The sample of two sets together.
  func joined(with other: RowSample, count: Int) -> RowSample {
    var both = self
    both.hashes += other.hashes
    both.values += other.values
    return both.first(count)
  }

  /// Draws `count` rows of a set, or all that differ.
  static func draw(
    _ source: any EmbeddedRows, count: Int, seed: UInt64, stream: RowStream
  ) throws -> RowSample {
    let kept = Mutex(RowSample(width: source.width))
    let bound = Atomic<UInt64>(.max)
    try stream.run(source, "reading") { _, range in
      let images = try source.images(range)
      let hashes = (0..<images.rows).map { RowHash.of(images[row: $0], seed: seed) }
      kept.withLock { sample in
        for row in 0..<images.rows where hashes[row] <= bound.load(ordering: .relaxed) {
          sample.append(hashes[row], images[row: row])
          guard sample.hashes.count > 2 * count else { continue }
          sample = sample.first(count)
          if sample.hashes.count == count, let last = sample.hashes.last {
            bound.store(last, ordering: .relaxed)
          }
        }
      }
    }
    return kept.withLock { $0.first(count) }
  }

  /// Where each row stands in the sample, or -1; two rows are the same if all their bits are.
  struct Places: Sendable {
    private let place: [UInt64: Int]
    private let sample: RowSample
    private let seed: UInt64

    init(_ sample: RowSample, seed: UInt64) {
      place = Dictionary(uniqueKeysWithValues: sample.hashes.enumerated().map { ($1, $0) })
      self.sample = sample
      self.seed = seed
    }

    func find(_ images: Matrix) -> [Int] {
      (0..<images.rows).map { row in
        guard let found = place[RowHash.of(images[row: row], seed: seed)],
          images[row: row].elementsEqual(sample.rows[row: found])
        else { return -1 }
        return found
      }
    }
  }
}
