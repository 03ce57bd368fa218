// What a server opens before its first command.

import ArgumentParser
import Tensors

struct BenchOptions: ParsableArguments {
  @Option(help: "A checkpoint; without one, only the commands that need no model.")
  var model: String?

  @Option(help: "The vocabulary, when the checkpoint has none.")
  var vocabulary: String?

  @Option(help: "The pictures, a set in any format; all are held in memory.")
  var images: String?

  @Option(help: "A dump of embeddings, with the rows to search among as /references.")
  var dump: String?

  @Flag(help: "Open the model to be trained, not to be asked.")
  var train = false

  @Option(help: "Pairs whose activations are held at once when training; all of a batch by default.")
  var part: Int?

  @Option(help: "Worker threads.")
  var threads = 1

  @Option(help: "Arithmetic of the towers: f32 or bf16.")
  var precision: BenchPrecision = .f32

  func validate() throws {
    guard 1...256 ~= threads else { throw ValidationError("--threads takes 1 to 256.") }
    guard part ?? 1 > 0 else { throw ValidationError("--part takes 1 or more.") }
  }
}

enum BenchPrecision: String, ExpressibleByArgument {
  case f32, bf16

  var precision: Precision { self == .f32 ? .f32 : .bf16 }
}
