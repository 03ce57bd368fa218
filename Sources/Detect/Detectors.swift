// The registry: every detector there is, by name.

/// The detectors of the score stage.
public enum Detectors {
  /// All, by name.
  public static let all: [any Detector.Type] = [
    KDistance.self,
    SimplifiedLocalOutlierFactor.self,
  ]
}
