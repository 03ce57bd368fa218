// The registry of figures that show a trigger itself. A figure is one new file in Charts/ and one line here; each says
// whether it has anything to show of a trigger, and they appear in this order.

/// A figure of a trigger.
protocol TriggerFigure: Chart, Sendable {
  /// The figure of a trigger; nil where it says nothing.
  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier)
}

/// All figures of triggers.
enum TriggerFigures {
  static let all: [any TriggerFigure.Type] = [
    TriggerSpread.self, PatternPlate.self, SpectrumPlate.self, DisplacementPlate.self, ToneCurves.self,
    StampedDifference.self,
  ]
}
