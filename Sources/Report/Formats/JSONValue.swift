// JSON as the twins write it: keys sorted by their bytes, reals as the shortest decimal that reads back the same, and no
// character that an editor would not show. So equal values are equal bytes in any language and time zone.

/// A JSON value.
enum JSONValue: Equatable {
  case null
  case flag(Bool)
  case whole(Int)
  case real(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// A real; what is not a number becomes null, which is all that JSON has for it.
  init(_ value: Double) { self = value.isFinite ? .real(value) : .null }

  /// The value as UTF-8, two spaces a level, with a newline at the end.
  var bytes: [UInt8] {
    var text = ""
    write(to: &text, indent: "\n")
    return Array((text + "\n").utf8)
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .null: text += "null"
    case .flag(let value): text += value ? "true" : "false"
    case .whole(let value): text += String(value)
    case .real(let value): text += "\(value)"
    case .text(let value): JSONValue.quote(value, into: &text)
    case .list(let values) where values.isEmpty: text += "[]"
    case .object(let members) where members.isEmpty: text += "{}"
    case .list(let values):
      text += "["
      for (place, value) in values.enumerated() {
        text += (place == 0 ? "" : ",") + indent + "  "
        value.write(to: &text, indent: indent + "  ")
      }
      text += indent + "]"
    case .object(let members):
      let keys = members.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
      text += "{"
      for (place, key) in keys.enumerated() {
        text += (place == 0 ? "" : ",") + indent + "  "
        JSONValue.quote(key, into: &text)
        text += ": "
        (members[key] ?? .null).write(to: &text, indent: indent + "  ")
      }
      text += indent + "}"
    }
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      default:
        if EscapedText.isHidden(scalar) {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }
}

extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int) { self = .whole(value) }
  init(booleanLiteral value: Bool) { self = .flag(value) }
  init(arrayLiteral elements: JSONValue...) { self = .list(elements) }

  /// Members whose value is nil are left out.
  init(dictionaryLiteral elements: (String, JSONValue?)...) {
    var members: [String: JSONValue] = [:]
    for (key, value) in elements { members[key] = value }
    self = .object(members)
  }
}

extension JSONValue {
  /// Texts in order; nil for none, so that the key is left out.
  static func texts(_ values: [String]) -> JSONValue? {
    values.isEmpty ? nil : .list(values.map { .text($0) })
  }
}
