// gzip, bounded, for the packed vocabulary that open_clip ships.

import CAssay
import Evidence

/// A gzip file's content.
package enum GzipArchive {
  /// Inflates `bytes`, to at most `limit` bytes.
  package static func inflated(_ bytes: [UInt8], limit: Int, name: String) throws -> [UInt8] {
    var inflated = assay_bytes()
    try CodecMessage.check(name) { assay_gunzip(bytes, bytes.count, limit, &inflated, $0) }
    defer { assay_release(&inflated) }
    return Array(UnsafeBufferPointer(start: inflated.start, count: inflated.count))
  }
}
