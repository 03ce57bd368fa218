// Stores any Codable value in a group, so that a stage's result needs no format of its own: structs and dictionaries
// become groups, arrays of numbers, strings and booleans one dataset each, single values scalar datasets, other
// arrays groups "0", "1", ... with an attribute `count`. What is nil is absent.

import Evidence

/// Writes Codable values into an HDF5 file.
public enum HDF5Encoder {
  /// Stores `value` as `group`, which must not exist yet unless it is "", the root.
  ///
  /// Long tables belong in columns, an array a field: an array of structs makes a group of every element and is
  /// refused beyond 200,000 elements. A dictionary forgets keys whose value is nil.
  public static func encode(_ value: some Encodable, into writer: HDF5Writer, at group: String) throws {
    let node = Node()
    try node.set(value, codingPath: [])
    try node.write(to: writer, at: group)
  }
}

/// A value on its way into the file.
private final class Node {
  enum Content {
    case absent
    case array(any StoredArray)
    case scalar(any StoredElement)
    case group([String: Node])
    case list([Node])
  }

  var content = Content.absent

  /// Takes over a value: arrays that HDF5 can hold whole, everything else by its own `encode(to:)`.
  func set(_ value: some Encodable, codingPath: [any CodingKey]) throws {
    if let array = value as? any StoredArray {
      content = .array(array)
    } else if let element = value as? any StoredElement {
      content = .scalar(element)
    } else {
      try value.encode(to: NodeEncoder(node: self, codingPath: codingPath))
    }
  }

  /// The child under a key.
  func child(_ key: String) -> Node {
    var children: [String: Node] = [:]
    if case .group(let existing) = content { children = existing }
    let child = children[key] ?? Node()
    content = .absent
    children[key] = child
    content = .group(children)
    return child
  }

  /// A further child of a list.
  func append() -> Node {
    var children: [Node] = []
    if case .list(let existing) = content { children = existing }
    content = .absent
    let child = Node()
    children.append(child)
    content = .list(children)
    return child
  }

  func write(to writer: HDF5Writer, at path: String) throws {
    switch content {
    case .absent: return
    case .array(let array): try array.write(to: path, of: writer)
    case .scalar(let element): try element.writeScalar(to: path, of: writer)
    case .group(let children):
      try writer.group(path)
      for (key, child) in children.sorted(by: { $0.key < $1.key }) {
        try child.write(to: writer, at: GroupName.path(path, key))
      }
    case .list(let children):
      guard children.count <= HDF5Inventory.Limit.objects else {
        throw Fault("\(writer.path), \(path)", "\(children.count) elements are too many for a group each")
      }
      try writer.group(path)
      try writer.attribute("count", children.count, on: path)
      for (index, child) in children.enumerated() {
        try child.write(to: writer, at: GroupName.path(path, "\(index)"))
      }
    }
  }
}

private struct NodeEncoder: Encoder {
  let node: Node
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .group = node.content {} else { node.content = .group([:]) }
    return KeyedEncodingContainer(GroupEncoder(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .list = node.content {} else { node.content = .list([]) }
    return ListEncoder(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ValueEncoder(node: node, codingPath: codingPath)
  }
}

private struct GroupEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: Node
  let codingPath: [any CodingKey]

  private func encoder(_ key: any CodingKey) -> NodeEncoder {
    NodeEncoder(node: node.child(key.stringValue), codingPath: codingPath + [key])
  }

  func encodeNil(forKey key: Key) {}

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try node.child(key.stringValue).set(value, codingPath: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  { encoder(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    NodeEncoder(node: node.child("super"), codingPath: codingPath)
  }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ListEncoder: UnkeyedEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey]

  var count: Int {
    guard case .list(let children) = node.content else { return 0 }
    return children.count
  }

  private func encoder() -> NodeEncoder { NodeEncoder(node: node.append(), codingPath: codingPath) }

  func encodeNil() { _ = node.append() }

  func encode<Value: Encodable>(_ value: Value) throws {
    try node.append().set(value, codingPath: codingPath)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    encoder().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }

  func superEncoder() -> any Encoder { encoder() }
}

private struct ValueEncoder: SingleValueEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey]

  func encodeNil() { node.content = .absent }

  func encode<Value: Encodable>(_ value: Value) throws { try node.set(value, codingPath: codingPath) }
}
