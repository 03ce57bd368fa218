// The registry: every detector there is, by name.

/// The detectors of the score stage.
public enum Detectors {
  /// All, by name.
  public static let all: [any Detector.Type] = [
    ActivationClustering.self,
    CLIPScore.self,
    DimensionalityAwareOutlier.self,
    IsolationForest.self,
    KDistance.self,
    LocalIntrinsicDimension.self,
    SimplifiedLocalOutlierFactor.self,
    SpectralSignature.self,
  ]
}
