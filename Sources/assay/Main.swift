// The command line: reads it, runs one command, and turns every failure into one sentence and an exit code.

import ArgumentParser
import Evidence
import Foundation

@main
struct Assay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract: "Says whether a CLIP model carries a backdoor, shows its trigger, and proves it.",
    discussion: """
      Example: assay audit model.h5 --images suspect.h5 --oracle oracle.h5 --pool clean.h5 \\
                 --vocabulary bpe_simple_vocab_16e6.txt.gz --out case

      Exit codes: 0 all that was planned ran and nothing was found; 1 a backdoor is demonstrated or suspected;
      2 the call, an input or the machine failed; 3 incomplete or undecided.
      """,
    version: Tool.currentVersion,
    subcommands: Commands.all)

  static func main() {
    Signals.prepare()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let fault as Fault {
      fail("assay: \(fault.description)", fault.exitCode)
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch {
      let isHelp = exitCode(for: error) == .success
      let text = fullMessage(for: error)
      if isHelp {
        print(text)
        leave(0)
      }
      fail(text, 2)
    }
    leave(0)
  }

  private static func fail(_ text: String, _ code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    leave(code)
  }

  private static func leave(_ code: Int32) -> Never {
    fflush(nil)
    Foundation.exit(code)
  }
}
