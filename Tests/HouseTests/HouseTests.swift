// The arrows of the house, the registries and the size of its rooms (design section 3): held by a test, so that the
// picture in Docs/architecture.md stays true.

import Foundation
import Testing

@Suite("The house keeps its rules")
struct HouseTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Who may import whom; nothing else.
  ///
  /// Every arrow points to a lower level.
  static let levels: [(level: Int, module: String, imports: Set<String>)] = [
    (0, "CAssay", []),
    (1, "Evidence", []),
    (1, "Tensors", ["CBLAS", "CAssay"]),
    (2, "Storage", ["CHDF5", "CCrypto", "CAssay", "Evidence"]),
    (3, "Checkpoints", ["Storage", "Evidence"]),
    (3, "Image", ["Storage", "CAssay", "Evidence"]),
    (3, "Gradients", ["Tensors", "CAssay"]),
    (4, "CLIP", ["Gradients", "Tensors", "Checkpoints", "Image", "Storage", "Evidence"]),
    (4, "Report", ["Evidence", "Image", "Storage", "CCairo", "CQPDF"]),
    (5, "Detect", ["CLIP", "Image", "Tensors", "Evidence"]),
    (5, "Localize", ["CLIP", "Image", "Tensors", "Evidence"]),
    (5, "Curate", ["CLIP", "Image", "Tensors", "Evidence"]),
    (5, "Repair", ["CLIP", "Gradients", "Image", "Tensors", "Evidence"]),
    (
      6, "Audit",
      [
        "Detect", "Localize", "Curate", "Repair", "Report", "CLIP", "Gradients", "Checkpoints", "Image",
        "Storage", "Tensors",
        "Evidence",
      ]
    ),
    (7, "assay", ["Audit", "Tensors", "Evidence", "CAssay", "ArgumentParser"]),
    (
      7, "assay-bench",
      [
        "CLIP", "Gradients", "Checkpoints", "Image", "Storage", "Tensors", "Evidence", "CAssay",
        "ArgumentParser",
      ]
    ),
  ]

  /// Modules of the system, which anybody may import.
  static let platform: Set<String> = ["Foundation", "Dispatch", "Synchronization", "Glibc"]

  private func sources(_ folder: String) throws -> [URL] {
    let base = HouseTests.root.appendingPathComponent(folder)
    return try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
      .sorted()
      .map { base.appendingPathComponent($0) }
  }

  private func imports(_ file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").filter { $0 != "public" && $0 != "internal" && $0 != "package" }
      guard words.first == "import", words.count >= 2 else { return nil }
      return String(words[words.count - 1].split(separator: ".")[0])
    }
  }

  @Test("Every import is an arrow of the house, and every arrow points down")
  func arrows() throws {
    let level = Dictionary(uniqueKeysWithValues: HouseTests.levels.map { ($0.module, $0.level) })
    for room in HouseTests.levels {
      for arrow in room.imports { #expect((level[arrow] ?? 0) < room.level, "\(room.module) -> \(arrow)") }
      for file in try sources("Sources/\(room.module)") {
        for name in try imports(file) where !HouseTests.platform.contains(name) {
          #expect(room.imports.contains(name), "\(room.module)/\(file.lastPathComponent) imports \(name)")
        }
      }
    }
    let modules = try FileManager.default.contentsOfDirectory(
      atPath: HouseTests.root.appendingPathComponent("Sources").path)
    let known = Set(HouseTests.levels.map(\.module)).union([
      "CBLAS", "CHDF5", "CCrypto", "CCairo", "CQPDF",
    ])
    #expect(
      Set(modules).isSubset(of: known),
      "a module without a place in the house: \(Set(modules).subtracting(known))")
  }

  @Test("Stages never see each other, and the report never sees a model")
  func neighbours() throws {
    let stages: Set = ["Detect", "Localize", "Curate", "Repair"]
    for room in HouseTests.levels where stages.contains(room.module) {
      #expect(room.imports.isDisjoint(with: stages.union(["Report", "Audit"])))
    }
    let report = try #require(HouseTests.levels.first { $0.module == "Report" })
    #expect(report.imports.isDisjoint(with: ["CLIP", "Tensors", "Checkpoints"]))
  }

  /// A folder whose files each hold one entry of a list.
  static let registries: [(list: String, folder: String, suffix: String)] = [
    ("Sources/assay/Commands.swift", "Sources/assay/Commands", ".self"),
    ("Sources/assay-bench/ServedCommands.swift", "Sources/assay-bench/Commands", ".self"),
    ("Sources/Detect/Detectors.swift", "Sources/Detect/Detectors", ".self"),
    ("Sources/Localize/Families.swift", "Sources/Localize/Families", ".self"),
    ("Sources/Curate/CurationRules.swift", "Sources/Curate/Rules", ".self"),
    ("Sources/Repair/Strategies.swift", "Sources/Repair/Strategies", ".self"),
    ("Sources/Report/Pages.swift", "Sources/Report/Pages", ".self"),
  ]

  @Test("Every file of a registry's folder is registered once", arguments: registries.map(\.list))
  func registered(list: String) throws {
    let registry = try #require(HouseTests.registries.first { $0.list == list })
    let text = try String(contentsOf: HouseTests.root.appendingPathComponent(list), encoding: .utf8)
    for file in try sources(registry.folder) {
      let type = file.deletingPathExtension().lastPathComponent
      #expect(text.components(separatedBy: type + registry.suffix).count == 2, "\(type) in \(list)")
    }
  }

  @Test("Every file opens with what it is for, and holds at most 400 lines")
  func rooms() throws {
    for file in try sources("Sources") + sources("Tests") {
      let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
      #expect(lines[0].hasPrefix("// "), "\(file.lastPathComponent) does not say what it is for")
      #expect(lines.count <= 401, "\(file.lastPathComponent) holds \(lines.count) lines")
    }
  }

  @Test("No file carries a path of one machine")
  func paths() throws {
    for file in try sources("Sources") + sources("Tests") {
      let text = try String(contentsOf: file, encoding: .utf8)
      for root in ["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/"] {
        #expect(!text.contains(root), "\(file.lastPathComponent) holds \(root)")
      }
    }
  }
}
