// In which pixels triggers are searched and put on: a trigger of some pixels is one only among pictures of one size.

import Evidence
import Image

/// The pictures that triggers are searched in: stored pixels where all have one size, the model's view otherwise.
struct Canvases {
  var suspects, pool: any PixelSource
  var areStored: Bool

  /// Sides beyond this are searched in the model's view.
  static let largestSide = 256

  static func common(_ suspects: ImageSet, _ pool: ImageSet, modelSide: Int) -> Canvases {
    if let a = suspects.uniformSize, let b = pool.uniformSize, a == b, max(a.height, a.width) <= largestSide {
      return Canvases(suspects: suspects, pool: pool, areStored: true)
    }
    return Canvases(
      suspects: ModelViews(suspects, side: modelSide), pool: ModelViews(pool, side: modelSide),
      areStored: false)
  }

  /// A set's views in the size in which a case saw its own pictures; nil where they are stored in that size.
  ///
  /// - Throws: `Fault` when neither has that size; a trigger would be another there.
  static func matching(
    _ size: (height: Int, width: Int), _ set: ImageSet, modelSide: Int
  ) throws -> ModelViews? {
    if let own = set.uniformSize, own == size { return nil }
    guard size == (modelSide, modelSide) else {
      throw Fault(
        set.name, "not all of its images have the \(size.height) x \(size.width) pixels of those in the case",
        do: "give images of that size")
    }
    return ModelViews(set, side: modelSide)
  }
}

/// Pictures of mixed sizes as the model sees them: resized and cropped to one square.
struct ModelViews: PixelSource {
  private let source: any PixelSource
  private let side: Int

  /// Views of `side` x `side` pixels.
  init(_ source: any PixelSource, side: Int) {
    self.source = source
    self.side = side
  }

  /// Rows of the source.
  var count: Int { source.count }

  /// The views of the given rows.
  func pictures(_ rows: [Int]) throws -> [PixelImage] {
    // One after the other: originals may be a hundred times as large.
    try rows.flatMap { try source.pictures([$0]).map { $0.modelView(side) } }
  }
}
