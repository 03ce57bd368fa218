// train CAPTIONS STEPS [OUT]: contrastive training steps on the first pictures, one for each line of captions.

import ArgumentParser
import Foundation

enum TrainCommand: ServedCommand {
  static let name = "train"
  static let usage =
    "train CAPTIONS STEPS [OUT]     step with AdamW on the first pictures and a file's captions; write losses as raw f32"

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    guard words.count >= 2, let steps = Int(words[1]), steps > 0 else { throw ValidationError(usage) }
    let captions = try String(contentsOfFile: words[0], encoding: .utf8).split(separator: "\n").map(
      String.init)
    let pictures = try bench.pictures(captions.count)
    let trainee = try bench.training()
    let (losses, time) = Stopwatch.time { (0..<steps).map { _ in trainee.step(pictures, captions) } }
    try RawFile.write(losses, to: words.dropFirst(2).first)
    return Answer(time)
  }
}
