// Rows whose images are near-identical. Hashes that agree in one of 16 bands of 16 bits are compared in full: every two
// within 15 bits share a band, and of those at 31 bits about nine in ten do (the pigeonhole principle and a count).
// A band that more than 4,096 images share says nothing about any two of them and is passed over.
// Images too flat to be hashed are copies when their pixels are equal.

import Image

/// Groups of rows that show the same image.
struct Copies {
  /// The group of each row: the lowest row of the images that are linked to it.
  let group: [Int]

  /// A band with more images says nothing.
  private static let crowd = 4096

  /// Groups rows by their hash, or where there is none by their pixels' digest.
  ///
  /// Complexity: O(rows) for hashes that are spread; rows that share a band are compared pairwise, 4,096 at most.
  init(hashes: [PerceptualHash?], digests: [String?]) {
    var links = Links(count: hashes.count)
    var first: [PerceptualHash: Int] = [:]
    var flat: [String: Int] = [:]
    for row in hashes.indices {
      if let hash = hashes[row] {
        if let known = first[hash] { links.join(known, row) } else { first[hash] = row }
      } else if let digest = digests[row] {
        if let known = flat[digest] { links.join(known, row) } else { flat[digest] = row }
      }
    }
    let distinct = first.sorted { $0.value < $1.value }
    for band in 0..<16 {
      var buckets: [Int: [Int]] = [:]
      for (place, entry) in distinct.enumerated() { buckets[entry.key.band(band), default: []].append(place) }
      for bucket in buckets.values where (2...Copies.crowd).contains(bucket.count) {
        for (index, one) in bucket.enumerated() {
          for other in bucket[(index + 1)...]
          where distinct[one].key.distance(to: distinct[other].key) <= PerceptualHash.copies {
            links.join(distinct[one].value, distinct[other].value)
          }
        }
      }
    }
    group = hashes.indices.map { links.root($0) }
  }
}
