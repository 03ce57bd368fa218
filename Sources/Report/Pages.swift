// The registry of pages. A page is one new file and one line here; pages appear in this order.

import Evidence

/// A section of the report.
protocol ReportPage: Sendable {
  /// The section's title, also its bookmark.
  static var title: String { get }
  /// The section's name in links: lower case letters and hyphens.
  static var name: String { get }
  /// Whether the section has anything to say about this case.
  static func applies(to dossier: Dossier) -> Bool
  /// Whether an audit of this kind can have such a section at all: only then is its absence told.
  static func belongs(to dossier: Dossier) -> Bool
  /// The check whose coverage says why the section is not there; nil for one that always is.
  static var stage: Stage? { get }
  /// Draws the section's content; its heading is already there.
  static func draw(_ dossier: Dossier, on flow: Flow)
}

extension ReportPage {
  static func applies(to dossier: Dossier) -> Bool { true }
  static func belongs(to dossier: Dossier) -> Bool { true }
  static var stage: Stage? { nil }
}

/// All sections, in reading order.
enum Pages {
  static let all: [any ReportPage.Type] = [
    VerdictPage.self,
    SummaryPage.self,
    FindingsPage.self,
    CoveragePage.self,
    CustodyPage.self,
    IdentityPage.self,
    DisagreementPage.self,
    ScoresPage.self,
    StandoutsPage.self,
    CaptionsPage.self,
    SuspectsPage.self,
    TriggerPage.self,
    FurtherBackdoorsPage.self,
    OtherExplanationsPage.self,
    VictimsPage.self,
    SimilarityPage.self,
    ClustersPage.self,
    CuratedPage.self,
    RepairPage.self,
    LimitsPage.self,
    ReproducePage.self,
    GlossaryPage.self,
    MethodsPage.self,
  ]
}
