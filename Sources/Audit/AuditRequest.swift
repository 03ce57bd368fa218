// What a reviewer asks for: the inputs and the choices of one audit.

import Evidence
import Storage
public import Tensors

/// The inputs and options of an audit, as the command line gives them.
public struct AuditRequest: Sendable {
  /// The checkpoint: a file or a folder; or a dump of what it made, or scores of that.
  public var model: String
  /// The suspect set.
  public var images: String?
  /// The oracle's dump.
  public var oracle: String?
  /// The reviewer's clean pairs.
  public var pool: String?
  /// Label names, one a line.
  public var labels: String?
  /// Prompt templates, one a line.
  public var templates: String?
  /// A second, trusted CLIP.
  public var reference: String?
  /// The tokenizer's vocabulary.
  public var vocabulary: String?
  /// The case folder.
  public var out: String
  /// Arithmetic; nil for auto.
  public var precision: Precision?
  /// Upper bound on working memory, bytes.
  public var memory: Int
  /// Seed of every random choice.
  public var seed: UInt64
  /// Worker threads.
  public var threads: Int
  /// Rows of the compact set.
  public var curateSize: Int
  /// The repair that was asked for.
  public var repair: RepairChoice?
  /// A trigger that is known from elsewhere.
  public var trigger: String?
  /// Where else the findings are written as SARIF.
  public var sarif: String?
  /// Where else the bill of materials is written.
  public var billOfMaterials: String?
  /// The command line, files by name, as the report prints it.
  public var command: String
  /// What the process that reads the inputs is kept from, for the run record.
  public var confinement: String

  /// How to make the case again.
  func reproduce(precision: String) -> Reproduce {
    var libraries = Backend.libraries
    libraries.merge(StorageLibraries.versions) { first, _ in first }
    return Reproduce(
      command: command, seed: seed, precision: precision, threads: threads, libraries: libraries)
  }

  /// A request with the defaults of the command line.
  public init(model: String, out: String, threads: Int) {
    self.model = model
    self.out = out
    self.threads = threads
    memory = 4 << 30
    seed = 1
    curateSize = 1000
    command = "assay audit"
    confinement = "none"
  }
}
