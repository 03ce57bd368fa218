// The zero-shot classifier: one unit vector a label, from prompts. Source: open_clip zero_shot_classifier.py; formats.md F10.

import Evidence
import Foundation
public import Tensors

/// Prompt templates, each with exactly one `{}` for the label.
public struct PromptTemplates: Sendable, Equatable, Codable {
  /// The templates.
  public let lines: [String]
  /// Where they come from.
  public let source: String

  /// The plain prompt and the seven-prompt subset published with CLIP (openai/CLIP, notebooks/Prompt_Engineering_for_ImageNet, MIT).
  public static let standard = PromptTemplates(
    lines: [
      "a photo of a {}.", "itap of a {}.", "a bad photo of the {}.", "a origami {}.",
      "a photo of the large {}.",
      "a {} in a video game.", "art of the {}.", "a photo of the small {}.",
    ], source: "built in")

  private init(lines: [String], source: String) {
    self.lines = lines
    self.source = source
  }

  /// Reads one template a line; empty lines are skipped.
  public init(path: String) throws {
    let name = (path as NSString).lastPathComponent
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Fault(
        name, "the templates could not be read", do: "give a UTF-8 text file with one template a line")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    for line in lines where line.components(separatedBy: "{}").count != 2 {
      throw Fault(
        name, "the template '\(line.prefix(60))' does not have exactly one {}",
        do: "put {} where the label goes")
    }
    guard !lines.isEmpty else { throw Fault(name, "it holds no template", do: "give one template a line") }
    self.init(lines: lines, source: name)
  }

  /// The prompts of one label.
  ///
  /// A template is plain text: the label is put in as it is.
  public func prompts(_ label: String) -> [String] {
    lines.map { $0.replacingOccurrences(of: "{}", with: label) }
  }
}

extension CLIPModel {
  /// The label classifier [labels, D]: each prompt normalized, averaged over templates, normalized again.
  public func classifier(labels: [String], templates: PromptTemplates, tokenizer: Tokenizer) throws -> Matrix
  {
    let tokens = labels.flatMap { label in
      templates.prompts(label).map { tokenizer.tokens($0, context: contextLength) }
    }
    let embedded = try embed(tokens: tokens)
    let count = templates.lines.count
    var sums = Matrix(rows: labels.count, columns: embeddingWidth)
    for label in labels.indices {
      for prompt in 0..<count {
        for column in 0..<embeddingWidth { sums[label, column] += embedded[label * count + prompt, column] }
      }
    }
    return sums.normalizedRows()
  }
}
