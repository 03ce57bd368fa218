// The strict reader accepts what RFC 8259 says and nothing else.

import Evidence
import Testing

@testable import Checkpoints

struct StrictJSONTests {
  private func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8), place: "test") }

  @Test("Values of every kind are read")
  func values() throws {
    #expect(
      try parse(#" {"a":[1,-2,3.5,1e2],"b":"x\n\u00e9\ud83d\ude00\/","c":null,"d":{"e":[true,false]}} "#)
        == .object([
          "a": .array([.integer(1), .integer(-2), .number(3.5), .number(100)]), "b": .string("x\né😀/"),
          "c": .null,
          "d": .object(["e": .array([.bool(true), .bool(false)])]),
        ]))
    #expect(try parse("0") == .integer(0))
    #expect(try parse("9223372036854775807") == .integer(.max))
  }

  @Test(
    "What is no JSON is refused",
    arguments: [
      "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":1}", "01", "-", "1.", "1e", ".5", "+1", "NaN",
      "Infinity", "1e999",
      "\"\\x\"", "\"\\ud800\"", "\"\\u12\"", "\"\u{1}\"", "tru", "nul", "[1] 2", "{'a':1}", "{\"a\" 1}",
      "[1 2]", "\"open",
      "\u{FEFF}1",
    ])
  func refused(text: String) {
    #expect(throws: Fault.self) { try parse(text) }
  }

  @Test("Nesting has an end")
  func deep() {
    #expect(throws: Fault.self) { try parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: Never.self) {
      try parse(String(repeating: "[", count: 30) + String(repeating: "]", count: 30))
    }
  }

  @Test("Bytes that are not UTF-8 are refused")
  func encoding() {
    #expect(throws: Fault.self) { try JSON.parse([0x22, 0xFF, 0x22], place: "test") }
  }
}
