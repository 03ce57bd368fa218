// assay verify: checks every digest of a case.

import ArgumentParser
import Audit
import Evidence

struct VerifyCommand: ParsableCommand, Confined {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks every file of a case against its manifest.",
    discussion: "Example: assay verify case")

  @Argument(help: "The case folder.")
  var folder: String

  var outputs: [String] { [] }

  func run() throws {
    let (checked, mismatches) = try Manifest.verify(folder)
    for mismatch in mismatches { print("\(Output.plain(mismatch.file)) \(mismatch.problem)") }
    guard mismatches.isEmpty else {
      throw Fault(
        folder.split(separator: "/").last.map(String.init) ?? folder,
        "\(mismatches.count) of its files are not as the manifest says", do: "do not rely on this case")
    }
    print("\(checked) files match \(Manifest.name)")
  }
}
