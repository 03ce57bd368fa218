// From a decoded picture to the tower's input: resize, crop, normalize, channels last.

public import Image

/// The picture transform of a model (formats.md F9.1).
public struct Preprocessing: Sendable, Equatable {
  /// Mean and deviation that OpenAI's models were trained with.
  public static let openAIMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  /// See `openAIMean`.
  public static let openAIDeviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

  /// Side of the tower's square input, pixels.
  public let imageSize: Int
  /// Mean of each channel, 0...1.
  public let mean: [Float]
  /// Deviation of each channel, 0...1.
  public let deviation: [Float]
  /// (byte / 255 - mean) / deviation for every channel and byte.
  private let table: [Float]

  /// A transform.
  public init(imageSize: Int, mean: [Float] = openAIMean, deviation: [Float] = openAIDeviation) {
    precondition(mean.count == 3 && deviation.count == 3, "three channels")
    self.imageSize = imageSize
    self.mean = mean
    self.deviation = deviation
    table = (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / deviation[channel] }
    }
  }

  /// Writes a picture's normalized pixels [imageSize, imageSize, 3].
  public func write(_ picture: PixelImage, to pixels: UnsafeMutablePointer<Float>) {
    let view = picture.modelView(imageSize)
    view.pixels.withUnsafeBufferPointer { bytes in
      table.withUnsafeBufferPointer { table in
        for index in 0..<(imageSize * imageSize) {
          pixels[index * 3] = table[Int(bytes[index * 3])]
          pixels[index * 3 + 1] = table[256 + Int(bytes[index * 3 + 1])]
          pixels[index * 3 + 2] = table[512 + Int(bytes[index * 3 + 2])]
        }
      }
    }
  }
}
