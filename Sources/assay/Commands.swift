// The list of commands. A new command is one file under Commands and one line here.

import ArgumentParser

enum Commands {
  static let all: [any ParsableCommand.Type] = [
    AuditCommand.self,
    CompareCommand.self,
    DoctorCommand.self,
    EmbedCommand.self,
    EvaluateCommand.self,
    InspectCommand.self,
    RepairCommand.self,
    ReportCommand.self,
    ScoreCommand.self,
    VerifyCommand.self,
  ]
}
