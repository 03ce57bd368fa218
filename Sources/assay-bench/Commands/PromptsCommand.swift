// prompts LABELS TEMPLATES [OUT]: the classifier of labels, from text to unit rows.

import ArgumentParser
import CLIP
import Foundation
import Tensors

enum PromptsCommand: ServedCommand {
  static let name = "prompts"
  static let usage =
    "prompts LABELS TEMPLATES [OUT] make the classifier of two files, a line each; write unit rows as raw f32"

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    guard words.count >= 2 else { throw ValidationError(usage) }
    let labels = try String(contentsOfFile: words[0], encoding: .utf8).split(separator: "\n").map(String.init)
    let templates = try PromptTemplates(path: words[1])
    let (model, tokenizer) = try bench.model()
    let (rows, time) = try Stopwatch.time {
      try model.classifier(labels: labels, templates: templates, tokenizer: tokenizer)
    }
    try RawFile.write(rows.values, to: words.dropFirst(2).first)
    return Answer(time)
  }
}
