// The options of every command that opens a model.

import ArgumentParser
import Foundation
import Tensors

struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "CLIP's bpe_simple_vocab_16e6.txt.gz or a Hugging Face tokenizer folder.", valueName: "file"))
  var vocabulary: String?

  @Option(help: "Arithmetic of the towers: auto, f32 or bf16.")
  var precision: PrecisionOption = .auto

  @Option(help: ArgumentHelp("Worker threads; the processors of this machine by default.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 || threads > 256 { throw ValidationError("--threads takes 1 to 256.") }
  }

  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

enum PrecisionOption: String, ExpressibleByArgument, CaseIterable {
  case auto, f32, bf16

  var precision: Precision? { Precision(rawValue: rawValue) }
}

/// A size in bytes, written with K, M or G.
struct MemorySize: ExpressibleByArgument, CustomStringConvertible {
  var bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    var digits = argument.uppercased()
    if digits.hasSuffix("B") { digits.removeLast() }
    let unit = digits.last.flatMap { units[$0] }
    if unit != nil { digits.removeLast() }
    guard let number = Double(digits), number > 0, number * Double(unit ?? 1) < 1e15 else { return nil }
    bytes = Int(number * Double(unit ?? 1))
  }

  var description: String { "\(bytes >> 20)M" }
}
