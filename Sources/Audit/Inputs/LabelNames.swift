// The labels of an audit, and how other people's names for them are joined to it.

import Evidence
import Foundation
import Image

/// The label names of an audit.
public struct LabelNames: Sendable, Codable, Equatable {
  /// The names, in the order of the classifier.
  public let names: [String]
  /// Where they come from.
  public let source: String
  private let index: [String: Int]

  /// Names; each must be different after normalization.
  ///
  /// - Throws: `Fault` for no name, an empty name, or two names that are one.
  public init(_ names: [String], source: String) throws {
    guard !names.isEmpty else { throw Fault(source, "it holds no label", do: "give one label a line") }
    var index: [String: Int] = [:]
    for (place, name) in names.enumerated() {
      let plain = LabelNames.normalized(name)
      guard !plain.isEmpty else {
        throw Fault(source, "label \(place) is empty", do: "give every label a name")
      }
      if let first = index[plain] {
        throw Fault(
          source, "labels \(first) and \(place) are both '\(name.prefix(60))'",
          do: "merge labels that are the same, or argmax will always name the first")
      }
      index[plain] = place
    }
    self.names = names
    self.source = source
    self.index = index
  }

  /// Reads one label a line.
  public init(path: String) throws {
    let name = URL(fileURLWithPath: path).lastPathComponent
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Fault(name, "the labels could not be read", do: "give a UTF-8 text file with one label a line")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    try self.init(lines.filter { !$0.isEmpty }, source: name)
  }

  /// The place of somebody's name for a label, or nil.
  public func place(of name: String) -> Int? { index[LabelNames.normalized(name)] }

  /// Joins another list of names to these: its entry i is our label `result[i]`, -1 where there is none.
  ///
  /// - Throws: `Fault` when not one name is shared.
  public func join(_ others: [String], from place: String) throws -> [Int] {
    let joined = others.map { self.place(of: $0) ?? -1 }
    guard joined.contains(where: { $0 >= 0 }) else {
      let theirs = others.prefix(3).joined(separator: ", ")
      let ours = names.prefix(3).joined(separator: ", ")
      throw Fault(
        place, "none of its labels (\(theirs), ...) is a label of the audit (\(ours), ...)",
        do: "give --labels with the names that this file uses")
    }
    return joined
  }

  /// The true label of every row of a clean set: its own, else the one label that its caption names.
  ///
  /// It is -1 where that is none of these labels; no model is asked. Nil where the set has neither labels nor captions.
  ///
  /// - Throws: `Fault` when its labels share no name with these.
  func truth(of set: ImageSet) throws -> [Int]? {
    if let own = set.labels, let others = set.labelNames {
      let joined = try join(others, from: set.name)
      return own.map { joined[$0] }
    }
    return set.captions?.map { caption in
      let named = named(in: caption)
      return named.count == 1 ? named[0] : -1
    }
  }

  /// A set that has to have labels, and has none.
  static func missing(from set: ImageSet) -> Fault {
    Fault(
      set.name, "it has no labels",
      do: "give labelled images: a column label, a folder a label, or /labels with /label_names")
  }

  /// The label that a caption asserts by its words: the one label whose words stand in it in a row, or nil.
  ///
  /// A longer label hides a shorter one inside it ("fire truck" hides "truck").
  public func named(in caption: String) -> [Int] {
    let words = LabelNames.normalized(caption).split(separator: " ").map(String.init)
    var found: [(label: Int, range: Range<Int>)] = []
    for (label, name) in names.enumerated() {
      let wanted = LabelNames.normalized(name).split(separator: " ").map(String.init)
      guard !wanted.isEmpty, words.count >= wanted.count else { continue }
      for start in 0...(words.count - wanted.count) {
        let range = start..<(start + wanted.count)
        if zip(words[range], wanted).allSatisfy({ LabelNames.same($0, $1) }) { found.append((label, range)) }
      }
    }
    let outermost = found.filter { one in
      !found.contains {
        $0.label != one.label && $0.range.count > one.range.count && $0.range.contains(one.range.lowerBound)
      }
    }
    return Array(Set(outermost.map(\.label))).sorted()
  }

  private static func same(_ word: String, _ label: String) -> Bool {
    word == label || word == label + "s" || word == label + "es"
  }

  /// Lower case, letters and digits, single spaces.
  static func normalized(_ text: String) -> String {
    var result = ""
    for scalar in text.lowercased().unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        result.unicodeScalars.append(scalar)
      } else if !result.isEmpty, !result.hasSuffix(" ") {
        result += " "
      }
    }
    return result.hasSuffix(" ") ? String(result.dropLast()) : result
  }
}
