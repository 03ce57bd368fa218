// The families of triggers that are looked for. Another family is one new file in Families/ and one line here: the
// value says what it does to a picture, how a picture is matched against it, how it is drawn and kept, and how it is
// searched for. The transplant, its controls and the second pass come by themselves.

import Evidence
public import Image
import Tensors

/// A trigger as a value.
protocol Trigger: Codable, Sendable, Equatable {
  /// Stable name, used in results.
  static var family: String { get }
  /// Where the method comes from.
  static var source: String { get }
  /// A search for triggers of this family, made ready once for all labels.
  static func search(in scene: Scene) throws -> any TriggerSearch

  /// How many numbers it takes to write the trigger down.
  ///
  /// Of two explanations that do as much, the one with fewer is told.
  var numbers: Int { get }
  /// Where the trigger sits in a picture of its rows, for those that sit somewhere.
  var isLocal: Bool { get }
  /// A host with the trigger; `random` chooses the place or the specimen where the trigger leaves it open.
  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage
  /// Matches pictures against the trigger.
  func matcher(in scene: Scene) throws -> Matcher
  /// What a report shows of it.
  var exhibit: TriggerExhibit { get }
}

/// The registry.
public enum Families {
  /// In the order of search: of two that move as many images the first is screened first.
  static let all: [any Trigger.Type] = [
    PatchTrigger.self, ToneTrigger.self, BlendTrigger.self, AdditiveTrigger.self, WarpTrigger.self,
  ]

  /// The families that are looked for.
  public static var names: [String] { all.map { $0.family } }
}

/// Matches pictures against a trigger.
struct Matcher: Sendable {
  /// The score of a picture that carries all of the trigger; nil where only the rows can say.
  var full: Double?
  /// How well a picture matches, and where.
  var match: @Sendable (PixelImage) -> RowMatch
}

/// How well one picture matches a trigger.
struct RowMatch: Sendable {
  /// Log-likelihood ratio of carrying it.
  var score: Float
  /// Where: [y, x, height, width].
  var box: [Int]
}

/// What a report shows of a trigger, computed here because the report computes nothing.
public struct TriggerExhibit: Sendable, Equatable {
  /// What it looks like; for one that has no colours of its own, what it does to middle gray.
  public var picture: PixelImage
  /// Which pixels of the picture belong to it, height x width.
  public var mask: [Bool]
  /// The top-left corner [y, x] of a patch that sits at one place; nil for anywhere.
  public var place: [Int]?
  /// The mean change of a picture in gray levels, height x width x 3; nil where it depends on the place.
  public var residual: [Float]?
  /// The opacity of a pattern that is blended over the picture.
  public var opacity: Float?
  /// Where each pixel is taken from, relative to itself: rows and columns, height x width x 2.
  public var field: [Float]?
  /// What each value of red, green and blue becomes, 3 x 256, in gray levels.
  public var curves: [Float]?

  /// Amplitudes of the residual's waves, in gray levels: [height, width / 2 + 1], the mean at 0, 0.
  public var spectrum: [Float]? {
    residual.map { Spectrum.amplitudes($0, height: picture.height, width: picture.width) }
  }
}

/// A trigger of any family, kept with its family's name.
public struct StoredTrigger: Codable, Sendable, Equatable {
  let trigger: any Trigger

  /// The family.
  public var family: String { type(of: trigger).family }
  /// Whether it sits somewhere in the picture.
  public var isLocal: Bool { trigger.isLocal }
  /// What a report shows of it.
  public var exhibit: TriggerExhibit { trigger.exhibit }

  init(_ trigger: any Trigger) { self.trigger = trigger }

  private enum Key: CodingKey { case family, value }

  /// Reads the family's name and then the value that it says.
  public init(from decoder: any Decoder) throws {
    let stored = try decoder.container(keyedBy: Key.self)
    let name = try stored.decode(String.self, forKey: .family)
    guard let family = Families.all.first(where: { $0.family == name }) else {
      throw Fault("a stored trigger", "is of the unknown family \(name)", do: "run the audit again")
    }
    func read<Value: Trigger>(_ type: Value.Type) throws -> any Trigger {
      try stored.decode(Value.self, forKey: .value)
    }
    trigger = try read(family)
  }

  /// Writes the family's name and the value.
  public func encode(to encoder: any Encoder) throws {
    var stored = encoder.container(keyedBy: Key.self)
    try stored.encode(family, forKey: .family)
    func write(_ value: some Trigger) throws { try stored.encode(value, forKey: .value) }
    try write(trigger)
  }

  /// Equal families and equal values.
  public static func == (a: StoredTrigger, b: StoredTrigger) -> Bool {
    func equals<Value: Trigger>(_ value: Value) -> Bool { value == b.trigger as? Value }
    return equals(a.trigger)
  }
}
