// What the report says, as a search would find it (report.md E5, tests 4, 11 and 16).

import Evidence
import Foundation
import Testing

@testable import Report

@Suite(.serialized) struct ReportTextTests {
  /// The pages of the demonstrated case, which most tests read.
  private static let demonstrated = Result { try pages(.demonstrated()) }

  /// The text of each page, its runs of white space made one space.
  private static func pages(_ made: SyntheticCase) throws -> [String] {
    try withReport(made) { path in
      try run("pdftotext", ["-layout", path, "-"]).output.split(separator: "\u{0C}").map {
        $0.split { $0.isWhitespace }.joined(separator: " ")
      }.filter { !$0.isEmpty }
    }
  }

  private func count(_ words: String, in text: String) -> Int {
    text.components(separatedBy: words).count - 1
  }

  @Test(
    "Page 1 says the verdict once, and no other verdict",
    arguments: [SyntheticCase.demonstrated(), .suspected, .notFound, .inconclusive])
  func verdict(made: SyntheticCase) throws {
    let first = try #require(try Self.pages(made).first)
    for verdict in Verdict.allCases {
      #expect(count(verdict.words, in: first) == (verdict == made.findings.verdict ? 1 : 0))
    }
  }

  @Test("The consequence is told in numbers, with its interval and its control")
  func consequence() throws {
    let first = try #require(try Self.demonstrated.get().first)
    #expect(
      first.contains(
        """
        An image carrying this 6 × 6 pixel patch is called ship in 286 of 300 trials (95 % interval 92.3–97.2 %); the \
        same images without it, in 3 of 300.
        """))
  }

  @Test("Each page bears its number of the right total, and the case's short hash")
  func numbering() throws {
    let made = SyntheticCase.demonstrated()
    let pages = try Self.demonstrated.get()
    for (index, page) in pages.enumerated() {
      #expect(page.contains("page \(index + 1) of \(pages.count)"))
      #expect(page.contains("Case \(made.dossier.shortHash)"))
    }
  }

  @Test("Every digest stands in full")
  func digests() throws {
    let made = SyntheticCase.demonstrated()
    let text = try Self.demonstrated.get().joined(separator: " ")
    for input in made.findings.inputs {
      #expect(input.sha256.count == 64 && count(input.sha256, in: text) >= 2)
    }
    #expect(text.contains(made.findings.model.tensorDigest))
    #expect(text.contains(made.dossier.digest))
  }

  @Test(
    "No page vouches for a model",
    arguments: [SyntheticCase.demonstrated(), .suspected, .notFound, .inconclusive, .oneLabel])
  func forbidden(made: SyntheticCase) throws {
    for page in try Self.pages(made) { #expect(ForbiddenWords.found(in: page) == []) }
  }

  @Test("The guard sees the words that no page may say, and lets images be clean")
  func forbiddenGuard() {
    #expect(
      ForbiddenWords.found(in: "The model is safe, 100 % certified.") == ["safe", "certified", "100 %"])
    #expect(ForbiddenWords.found(in: "a clean model in safetensors") == ["clean model"])
    #expect(ForbiddenWords.found(in: "clean images, unsafe, 100.0 of 200") == [])
  }

  @Test(
    "A planned check that did not run never prints that nothing was found",
    arguments: [StageCoverage.Status.skipped, .failed])
  func coverageHonesty(status: StageCoverage.Status) throws {
    var made = SyntheticCase.notFound
    let index = try #require(made.findings.coverage.firstIndex { $0.stage == .witness })
    made.findings.coverage[index] = StageCoverage(.witness, status, "No oracle was given.")
    let pages = try Self.pages(made)
    let first = try #require(pages.first)
    #expect(first.contains(Verdict.inconclusive.words))
    #expect(first.contains("Coverage incomplete: 9 of 10 planned checks ran"))
    #expect(!pages.joined().contains(Verdict.notFound.words))
  }

  @Test("A case without any record of what ran never prints that nothing was found")
  func noCoverage() throws {
    var made = SyntheticCase.notFound
    made.findings.coverage = []
    #expect(!(try Self.pages(made).joined().contains(Verdict.notFound.words)))
  }

  @Test("A demonstrated case with gaps says so beside its verdict")
  func demonstratedWithGaps() throws {
    var made = SyntheticCase.demonstrated()
    made.findings.coverage[3] = StageCoverage(.score, .failed, "It ran out of memory.")
    let first = try #require(try Self.pages(made).first)
    #expect(first.contains(Verdict.demonstrated.words))
    #expect(first.contains("Coverage incomplete: 9 of 10 planned checks ran."))
  }

  @Test("An input that changed under the audit makes the case undecided, and both digests are shown")
  func tampered() throws {
    var made = SyntheticCase.demonstrated()
    made.findings.inputs[1].sha256AtEnd = SyntheticCase.digest("another")
    let pages = try Self.pages(made)
    #expect(pages[0].contains(Verdict.inconclusive.words) && !pages[0].contains(Verdict.demonstrated.words))
    let text = pages.joined(separator: " ")
    #expect(text.contains(made.findings.inputs[1].sha256) && text.contains(SyntheticCase.digest("another")))
  }

  @Test("Hostile text is shown by its code points, and hides nothing")
  func hostile() throws {
    let text = try Self.pages(.hostile).joined(separator: " ")
    for escaped in ["⟨U+202E⟩", "⟨U+0000⟩", "⟨U+000A⟩", "⟨U+200B⟩", "⟨U+FEFF⟩", "⟨U+1F6A2⟩", "⟨U+0303⟩"] {
      #expect(text.contains(escaped), "\(escaped) is not shown")
    }
    #expect(text.contains("quote \" ' (paren) \\back") && text.contains("%PDF-1.7"))
    #expect(text.contains("<b>&amp;</b>") && text.contains("(10000 characters)"))
    #expect(!text.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{200B}" || $0 == "\u{0}" })
  }

  @Test("What is cut is counted")
  func truncation() throws {
    let text = try Self.demonstrated.get().joined(separator: " ")
    #expect(text.contains("40 of 70 suspects"))
    let thousand = try Self.pages(.thousandLabels).joined(separator: " ")
    #expect(thousand.contains("Showing 24 of 1 000 labels") && thousand.contains("other 985 labels"))
  }

  @Test("A section with nothing to show says why")
  func absence() throws {
    let text = try Self.pages(.inconclusive).joined(separator: " ")
    #expect(text.contains("No pair is named as poisoned: the check localize was skipped."))
    #expect(text.contains("No trigger was found: the check localize was skipped. No image set was given."))
  }
}
