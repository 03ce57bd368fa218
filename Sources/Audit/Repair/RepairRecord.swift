// The acceptance records below a folder, for comparison.

public import Evidence
import Foundation
import Image

/// Reads what repairs left behind.
public enum RepairRecord {
  private static let mostBytes = 16 << 20

  /// Every acceptance below a case or a repair folder, with the place where it stands.
  ///
  /// - Throws: `Fault` when there is none, or one cannot be read.
  public static func read(_ folder: String) throws -> [(place: String, finding: RepairFinding)] {
    let shown = URL(fileURLWithPath: folder).lastPathComponent
    let found = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    let files = found.filter { ($0 as NSString).lastPathComponent == "acceptance.json" }.sorted()
    guard !files.isEmpty else {
      throw Fault(
        shown, "it holds no repair", do: "give a case audited with --repair, or a folder of assay repair")
    }
    return try files.map { file in
      let bytes = try FileBytes.read(folder + "/" + file, limit: mostBytes)
      guard let finding = try? JSONDecoder().decode(RepairFinding.self, from: Data(bytes)) else {
        throw Fault("\(shown)/\(file)", "it cannot be read", do: "run the repair again")
      }
      return (shown, finding)
    }
  }
}
