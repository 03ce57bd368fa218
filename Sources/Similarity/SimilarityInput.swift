// What the stage needs, as plain values: it knows nothing of files, of how a trigger was found, or of the report.

public import CLIP
import Evidence
public import Image
public import Tensors

/// A model that adversarial examples are made on.
public struct AttackedModel {
  /// The model, on a tape of its own.
  public var model: TrainableModel
  /// Its picture transform.
  public var preprocessing: Preprocessing
  /// Its label embeddings [K, D], unit rows.
  public var classifier: Matrix

  /// A model to attack.
  public init(model: TrainableModel, preprocessing: Preprocessing, classifier: Matrix) {
    (self.model, self.preprocessing, self.classifier) = (model, preprocessing, classifier)
  }
}

/// Clean images, models and, where one was found, the trigger at work.
public struct SimilarityInput {
  /// The same images with a trigger, and the label that it forces.
  public struct Triggered {
    /// The label.
    public var target: Int
    /// One picture for each clean one.
    public var pictures: [PixelImage]

    /// Images with a trigger.
    public init(target: Int, pictures: [PixelImage]) { (self.target, self.pictures) = (target, pictures) }
  }

  /// Names of the K labels.
  public var labels: [String]
  /// The model under audit.
  public var model: AttackedModel
  /// A clean model, if one was given; its embedding may have another width.
  public var reference: AttackedModel?
  /// Clean images.
  public var pictures: [PixelImage]
  /// The true label of each.
  public var truth: [Int]
  /// Per label the mean embedding of other clean images of it [K, D]; zeros where there are none.
  public var centres: Matrix
  /// The images with the trigger.
  public var triggered: Triggered?
  /// Every random choice follows from it.
  public var seed: UInt64
  /// Told the examples made and in all; throws to stop.
  public var progress: (Int, Int) throws -> Void

  /// The stage's input.
  public init(
    labels: [String], model: AttackedModel, reference: AttackedModel?, pictures: [PixelImage], truth: [Int],
    centres: Matrix, triggered: Triggered?, seed: UInt64,
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) {
    (self.labels, self.model, self.reference) = (labels, model, reference)
    (self.pictures, self.truth, self.centres) = (pictures, truth, centres)
    (self.triggered, self.seed, self.progress) = (triggered, seed, progress)
  }
}
