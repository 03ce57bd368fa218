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

  @Option(help: "Worker threads.")
  var threads = 1

  @Option(help: "Arithmetic of the towers: f32 or bf16.")
  var precision: BenchPrecision = .f32

  func validate() throws {
    guard 1...256 ~= threads else { throw ValidationError("--threads takes 1 to 256.") }
  }
}

enum BenchPrecision: String, ExpressibleByArgument {
  case f32, bf16

  var precision: Precision { self == .f32 ? .f32 : .bf16 }
}
