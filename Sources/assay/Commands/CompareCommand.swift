// assay compare: the repairs of several cases or folders in one table.

import ArgumentParser
import Audit
import Evidence
import Foundation

struct CompareCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Tables the repairs of several cases or repair folders.",
    discussion: "Example: assay compare case-1 case-2 repaired")

  @Argument(help: "Case folders or folders of `assay repair`.")
  var cases: [String]

  @Flag(help: "Print JSON.")
  var json = false

  var outputs: [String] { [] }

  func run() throws {
    var rows: [(place: String, finding: RepairFinding)] = []
    for place in cases { rows += try RepairRecord.read(place) }
    if json { return try Output.json(rows.map(\.finding)) }
    RepairTable.compare(rows.map(\.finding), places: rows.map(\.place))
  }
}
