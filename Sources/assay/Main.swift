// The command line: reads it, runs one command, and turns every failure into one sentence and an exit code.

import ArgumentParser
import Evidence
import Foundation
import Tensors

struct Assay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract: "Says whether a CLIP model carries a backdoor, shows its trigger, and proves it.",
    discussion: """
      Example: assay audit model.h5 --images suspect.h5 --oracle oracle.h5 \\
                 --pool clean.h5 --vocabulary bpe_simple_vocab_16e6.txt.gz --out case

      Exit codes: 0 all that was planned ran and nothing was found; 1 a backdoor is demonstrated or suspected; \
      2 the call, an input or the machine failed; 3 incomplete or undecided.
      """,
    version: Tool.currentVersion,
    subcommands: Commands.all)
}

@main
enum Main {
  static func main() {
    do {
      var command = try Assay.parseAsRoot()
      guard command is any Confined else {
        try command.run()
        leave(0)
      }
      guard Supervisor.isWorker else { Supervisor.run() }
      Confinement.words = Supervisor.confine(command)
      Signals.prepare()
      Backend.returnFreedMemory()
      try command.run()
    } catch let fault as Fault {
      fail("assay: \(Output.plain(fault.description))", fault.exitCode)
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch {
      let text = Assay.fullMessage(for: error)
      guard Assay.exitCode(for: error) == .success else { fail(text, 2) }
      print(text)
    }
    leave(0)
  }

  static func fail(_ text: String, _ code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    leave(code)
  }

  static func leave(_ code: Int32) -> Never {
    fflush(nil)
    exit(code)
  }
}
