// Reads back what HDF5Encoder stored. Every absence and every mismatch is a fault that names the dataset.

import Evidence

/// Reads Codable values from an HDF5 file.
public enum HDF5Decoder {
  /// Reads the value stored as `group`; the root is "".
  ///
  /// Throws a fault that names the dataset which is missing or of another kind.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from reader: HDF5Reader, at group: String
  ) throws -> Value {
    do {
      return try Stored(reader: reader, path: group).value(type)
    } catch let error as DecodingError {
      throw Fault("\(reader.path), \(group)", "does not hold a \(Value.self) (\(explanation(error)))")
    }
  }

  private static func explanation(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: "/")
      return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}

/// A place in the file that a value is read from.
private struct Stored: Decoder {
  let reader: HDF5Reader
  let path: String
  var codingPath: [any CodingKey] = []
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var exists: Bool { reader.dataset(path) != nil || reader.members(of: path) != nil }

  func child(_ key: any CodingKey) -> Stored {
    Stored(reader: reader, path: GroupName.path(path, key.stringValue), codingPath: codingPath + [key])
  }

  func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let array = type as? any StoredArray.Type, let value = try array.read(path, from: reader) as? Value {
      return value
    }
    if let element = type as? any StoredElement.Type,
      let value = try element.readScalar(path, from: reader) as? Value
    {
      return value
    }
    return try Value(from: self)
  }

  func members() throws -> [String] {
    guard let members = reader.members(of: path) else {
      throw Fault("\(reader.path), \(path)", "is missing or not a group")
    }
    return members
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(GroupDecoder(stored: self, names: Set(try members())))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    _ = try members()
    guard case .integer(let count)? = reader.attributes(of: path)["count"],
      (0...HDF5Inventory.Limit.objects).contains(count)
    else {
      throw Fault("\(reader.path), \(path)", "does not say how many elements it has")
    }
    return ListDecoder(stored: self, length: count)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { ValueDecoder(stored: self) }
}

/// The name of an element of a list.
private struct Position: CodingKey {
  var intValue: Int?
  var stringValue: String { "\(intValue ?? 0)" }

  init(_ index: Int) { intValue = index }
  init?(intValue: Int) { self.init(intValue) }
  init?(stringValue: String) {
    guard let index = Int(stringValue) else { return nil }
    self.init(index)
  }
}

private struct Super: CodingKey {
  var stringValue: String { "super" }
  var intValue: Int? { nil }

  init() {}
  init?(stringValue: String) { nil }
  init?(intValue: Int) { nil }
}

private struct GroupDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let stored: Stored
  let names: Set<String>

  var codingPath: [any CodingKey] { stored.codingPath }
  var allKeys: [Key] { names.sorted().compactMap { Key(stringValue: GroupName.unescape($0)) } }

  func contains(_ key: Key) -> Bool { names.contains(GroupName.escape(key.stringValue)) }

  func decodeNil(forKey key: Key) -> Bool { !contains(key) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let child = stored.child(key)
    guard contains(key) else { throw Fault("\(child.reader.path), \(child.path)", "is missing") }
    return try child.value(type)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  { try stored.child(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try stored.child(key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { stored.child(Super()) }

  func superDecoder(forKey key: Key) -> any Decoder { stored.child(key) }
}

private struct ListDecoder: UnkeyedDecodingContainer {
  let stored: Stored
  let length: Int
  private(set) var currentIndex = 0

  init(stored: Stored, length: Int) {
    self.stored = stored
    self.length = length
  }

  var codingPath: [any CodingKey] { stored.codingPath }
  var count: Int? { length }
  var isAtEnd: Bool { currentIndex >= length }

  private mutating func next() throws -> Stored {
    guard !isAtEnd else {
      throw Fault("\(stored.reader.path), \(stored.path)", "has only \(length) elements")
    }
    defer { currentIndex += 1 }
    return stored.child(Position(currentIndex))
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, !stored.child(Position(currentIndex)).exists else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
    -> KeyedDecodingContainer<Nested>
  { try next().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct ValueDecoder: SingleValueDecodingContainer {
  let stored: Stored
  var codingPath: [any CodingKey] { stored.codingPath }

  func decodeNil() -> Bool { !stored.exists }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try stored.value(type) }
}
