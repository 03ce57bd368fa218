// The pairs that Assay says are poisoned: pictures of the first, ids of more, a count of all.

import Evidence

enum SuspectsPage: ReportPage {
  static let title = "Suspects"
  static let name = "suspects"

  private static let listed = 40

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let suspects = dossier.findings.suspects
    guard !suspects.isEmpty else {
      flow.paragraph(Absence.words(of: .localize, dossier, "No pair is named as poisoned"))
      return
    }
    let second = suspects.filter { $0.pass == 2 }.count
    flow.paragraph(
      """
      \(suspects.count) pairs are named as poisoned and must not be trained on: \(suspects.count - second) because the \
      model and the oracle part ways on them, \(second) in a second pass because they carry the trigger and their \
      caption names the target.
      """, .inferred)
    let entries = sheetEntries(dossier)
    if entries.isEmpty {
      flow.paragraph("The case holds no pictures of them.", style: .caption)
    }
    let perSheet = ContactSheet.perSheet(width: flow.grid.width, height: flow.grid.height)
    for start in stride(from: 0, to: entries.count, by: perSheet) {
      let part = Array(entries[start..<min(entries.count, start + perSheet)])
      flow.figure(ContactSheet(entries: part, first: start, total: suspects.count))
    }
    if suspects.count > entries.count, !entries.isEmpty {
      flow.paragraph(
        "Showing pictures of \(entries.count) of \(suspects.count) suspects; all are in findings.json.",
        style: .caption)
    }
    guard entries.count < suspects.count else { return }
    let rest = Array(suspects.dropFirst(entries.count).prefix(listed))
    flow.heading(entries.isEmpty ? "The highest ranked" : "Further suspects")
    flow.table(
      [
        Column("Rank", 34, .right), Column("Id", 120, lines: 1), Column("Model", 110, lines: 1),
        Column("Oracle", 110, lines: 1), Column("Score", 50, .right), Column("p-value", 65, .right),
        Column("Pass", 30, .right),
      ],
      rest.map { suspect in
        [
          "\(suspect.rank)", "\(suspect.id)", "\(label: suspect.modelLabel)", "\(label: suspect.oracleLabel)",
          "\(Numbers.real(suspect.score, decimals: 1))", "\(Numbers.pValue(suspect.pValue))",
          "\(suspect.pass)",
        ]
      })
    let shown = entries.count + rest.count
    if shown < suspects.count {
      flow.paragraph(
        "Showing \(shown) of \(suspects.count) suspects; all are in findings.json.", style: .caption)
    }
  }

  /// Suspects that have a picture, in the order of the findings.
  private static func sheetEntries(_ dossier: Dossier) -> [ContactSheet.Entry] {
    let pictures = Dictionary(dossier.exhibits.suspects.map { ($0.row, $0) }) { first, _ in first }
    var entries: [ContactSheet.Entry] = []
    for suspect in dossier.findings.suspects.prefix(ContactSheet.shown) {
      guard let picture = pictures[suspect.row] else { break }
      entries.append(ContactSheet.Entry(suspect: suspect, picture: picture))
    }
    return entries
  }
}
