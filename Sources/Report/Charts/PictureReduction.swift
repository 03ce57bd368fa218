// Thumbnails need no more pixels than paper can show: a large picture is reduced by whole factors before it is embedded.
// Triggers never pass through here.

import Image

extension PixelImage {
  /// The picture with blocks of whole pixels averaged until no side is longer than `side`.
  func reduced(to side: Int = 256) -> PixelImage {
    let factor = (max(height, width) + side - 1) / side
    guard factor > 1 else { return self }
    let (rows, columns) = (height / factor, width / factor)
    guard rows > 0, columns > 0 else { return self }
    var small = PixelImage(height: rows, width: columns)
    for y in 0..<rows {
      for x in 0..<columns {
        for channel in 0..<3 {
          var sum = 0
          for dy in 0..<factor {
            for dx in 0..<factor { sum += Int(pixels[offset(y * factor + dy, x * factor + dx) + channel]) }
          }
          small.pixels[small.offset(y, x) + channel] = UInt8(sum / (factor * factor))
        }
      }
    }
    return small
  }

  /// The largest frame of this picture's proportions inside a square of a side, centred.
  func frame(in square: Rect) -> Rect {
    let scale = min(square.width / Double(max(1, width)), square.height / Double(max(1, height)))
    let (w, h) = (Double(width) * scale, Double(height) * scale)
    return Rect(x: square.midX - w / 2, y: square.midY - h / 2, width: w, height: h)
  }
}
