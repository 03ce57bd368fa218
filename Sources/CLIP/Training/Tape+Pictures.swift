// Pictures enter a tape: resized, cropped and normalized as the model's own transform does it.

public import Gradients
public import Image
import Tensors

extension Tape {
  /// Pictures as the image tower takes them: [items, side, side, 3], normalized.
  public func pictures(
    _ pictures: [PixelImage], by preprocessing: Preprocessing, needsGradient: Bool = false
  ) -> Variable {
    let side = preprocessing.imageSize
    let size = side * side * 3
    return leaf([pictures.count, side, side, 3], needsGradient: needsGradient) { buffer in
      guard let base = buffer.baseAddress else { return }
      nonisolated(unsafe) let out = base
      share(pictures.count) { item in preprocessing.write(pictures[item], to: out + item * size) }
    }
  }
}
