// The data behind every figure, as tables.

import Evidence
import Foundation
import Image
import Testing

@testable import Report

@Suite(.serialized) struct OpenDataTests {
  private func figures(_ made: SyntheticCase) throws -> [PlacedFigure] {
    Layout(made.dossier, Pages.all, setter: try TextSetter(), format: PageFormat()).placed
  }

  @Test(
    "Every figure is listed once, and those that show numbers have a table",
    arguments: TwinTests.cases.map(\.name))
  func listed(name: String) throws {
    let made = try #require(TwinTests.cases.first { $0.name == name }).made
    let figures = try figures(made)
    let tables = OpenData.tables(figures)
    #expect(tables[0].file == "figures.csv" && tables[0].table.rows.count == figures.count)
    #expect(Set(tables.map(\.file)).count == tables.count)
    for (file, table) in tables {
      #expect(!table.columns.isEmpty && table.rows.allSatisfy { $0.count == table.columns.count }, "\(file)")
    }
    // What stands in words or only in pictures; a new figure with numbers gets a table.
    let without = Set(figures.filter { $0.chart.table == nil }.map(\.kind))
    #expect(without.isSubset(of: ["verdict-tile", "stamped-difference"]), "\(without)")
  }

  @Test("A table holds the numbers that the figure shows")
  func numbers() throws {
    let made = SyntheticCase.demonstrated()
    let tables = OpenData.tables(try figures(made))
    let transplant = try #require(tables.first { $0.file.hasSuffix("-transplant-dots.csv") })
    #expect(transplant.file.hasPrefix("X-"))
    let csv = String(decoding: transplant.table.csv, as: UTF8.self).components(separatedBy: "\r\n")
    #expect(csv[0] == "arm,role,k,n,share,lower,upper")
    #expect(csv[1].hasPrefix("\"The trigger\",tested,286,300,0.95"))
    #expect(csv.count == 1 + 1 + (made.findings.transplant?.controls.count ?? 0) + 1)
    let pixels = try #require(tables.first { $0.file.hasSuffix("-trigger-spread.csv") })
    let image = try #require(made.exhibits.trigger?.image)
    #expect(pixels.table.rows.count == image.width * image.height)
    #expect(pixels.table.rows[0][2] == .whole(Int(image.pixels[0])))
  }

  @Test("Tables are written beside their list")
  func written() throws {
    try withFolder { folder in
      try OpenData.write(SyntheticCase.demonstrated().dossier, to: folder)
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
      let list = try String(contentsOfFile: folder + "/figures.csv", encoding: .utf8)
      for name in names where name != "figures.csv" { #expect(list.contains(name), "\(name)") }
      #expect(names.count > 8 && list.contains("no data of its own"))
    }
  }
}
