// memory [forget]: what the process holds; with `forget`, the peak starts again.

enum MemoryCommand: ServedCommand {
  static let name = "memory"
  static let usage =
    "memory [forget]                what is held, and the most that was; start the peak again"

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    if words.first == "forget" { Memory.forgetPeak() }
    return Answer()
  }
}
