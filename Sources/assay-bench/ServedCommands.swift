// The commands of the server, sorted by name. A new one is a file in Commands and a line here.

/// A command of the server.
protocol ServedCommand: Sendable {
  /// Its first word.
  static var name: String { get }
  /// Its words, and what it does.
  static var usage: String { get }
  /// Does it.
  static func answer(_ words: [String], on bench: Bench) throws -> Answer
}

enum ServedCommands {
  static let all: [any ServedCommand.Type] = [
    ImagesCommand.self,
    MemoryCommand.self,
    NeighboursCommand.self,
    PeakCommand.self,
    PromptsCommand.self,
    TrainCommand.self,
  ]
}
