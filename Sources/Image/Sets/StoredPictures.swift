// Pictures in one HDF5 array: whole chunks are read, and the last few stay, since neighbours are asked for
// together.

import Evidence
import Storage
import Synchronization

/// The pictures of a uint8 array [N, H, W, 3].
final class StoredPictures: PixelSource {
  /// Decoded chunks are kept up to this many bytes, and always the last one.
  private static let cacheBytes = 64 << 20
  /// Bytes read at once from an array without chunks.
  private static let blockBytes = 1 << 20
  /// Bytes read at once at most, however large a chunk is.
  private static let largestBlockBytes = 256 << 20

  let count: Int
  let height: Int
  let width: Int
  private let reader: HDF5Reader
  private let dataset: String
  private let blockRows: Int
  /// Blocks by number, the most recently used last.
  private let recent = Mutex<[(block: Int, pixels: [UInt8])]>([])

  /// - Throws: `Fault` when the array is not uint8 [N, H, W, 3] or its pictures are empty or too large.
  init(_ reader: HDF5Reader, _ images: HDF5Reader.Dataset, path: String) throws {
    guard images.type == .uint8, images.shape.count == 4, images.shape[3] == 3 else {
      throw Fault(
        path, "/images is \(images.type) \(images.shape), not uint8 [N, H, W, 3]",
        do: "store 8-bit RGB pictures")
    }
    (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
    guard 1...16_384 ~= height, 1...16_384 ~= width, height * width <= 64 << 20 else {
      throw Fault(
        path, "its pictures are \(height) x \(width) pixels", do: "store pictures of 1 to 16384 pixels a side"
      )
    }
    let (block, limit) = (StoredPictures.blockBytes, StoredPictures.largestBlockBytes)
    let pictureBytes = height * width * 3
    blockRows = max(1, min(images.chunk?.first ?? block / pictureBytes, limit / pictureBytes))
    self.reader = reader
    dataset = images.path
  }

  func pictures(_ rows: [Int]) throws -> [PixelImage] {
    let bytes = height * width * 3
    var pictures = [PixelImage?](repeating: nil, count: rows.count)
    // Block by block, so that scattered rows read no chunk twice.
    let order = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
    var current: (block: Int, pixels: [UInt8])?
    for position in order {
      let (block, row) = rows[position].quotientAndRemainder(dividingBy: blockRows)
      let pixels = try current?.block == block ? current?.pixels ?? [] : self.pixels(ofBlock: block)
      current = (block, pixels)
      pictures[position] = PixelImage(
        height: height, width: width, pixels: Array(pixels[row * bytes..<(row + 1) * bytes]))
    }
    return pictures.compactMap(\.self)
  }

  private func pixels(ofBlock block: Int) throws -> [UInt8] {
    if let known = recent.withLock({ StoredPictures.touch(block, in: &$0) }) { return known }
    let rows = block * blockRows..<min(count, (block + 1) * blockRows)
    let pixels = try reader.bytes(dataset, rows: rows)
    recent.withLock { blocks in
      guard StoredPictures.touch(block, in: &blocks) == nil else { return }
      blocks.append((block, pixels))
      var total = blocks.reduce(0) { $0 + $1.pixels.count }
      while total > StoredPictures.cacheBytes, blocks.count > 1 { total -= blocks.removeFirst().pixels.count }
    }
    return pixels
  }

  private static func touch(_ block: Int, in blocks: inout [(block: Int, pixels: [UInt8])]) -> [UInt8]? {
    guard let index = blocks.lastIndex(where: { $0.block == block }) else { return nil }
    let found = blocks.remove(at: index)
    blocks.append(found)
    return found.pixels
  }
}
