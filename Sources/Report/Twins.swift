// The registry of twins: what the report says, for readers other than an eye (report.md E2). A twin is one new file
// in Twins/ and one line here; it is drawn from the same dossier as the PDF, so the two cannot disagree.

import Storage

/// A file that says what the report says, for another reader.
protocol Twin: Sendable {
  /// Its name in the case folder.
  static var file: String { get }
  /// Its bytes: the same for the same case, wherever it is drawn.
  static func render(_ dossier: Dossier) throws -> [UInt8]
}

/// All twins, written beside the report.
enum Twins {
  static let all: [any Twin.Type] = [
    TextTwin.self,
    SARIFTwin.self,
    BillOfMaterialsTwin.self,
    SuspectsTwin.self,
    CuratedTwin.self,
  ]

  /// Writes every twin into a case folder.
  static func write(_ dossier: Dossier, to folder: String) throws {
    for kind in all { try AtomicFile.write(try kind.render(dossier), to: folder + "/" + kind.file) }
  }
}

/// Names of twins that a user may ask for elsewhere.
public enum TwinFile {
  /// The findings as SARIF 2.1.0, for code scanning.
  public static let sarif = SARIFTwin.file
  /// The findings as a CycloneDX 1.6 bill of materials.
  public static let billOfMaterials = BillOfMaterialsTwin.file
}
