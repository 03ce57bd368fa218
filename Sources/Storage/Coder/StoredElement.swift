// The values that the coder stores in a dataset of their own, whole arrays of them in one call.

import Evidence

/// A value that HDF5 has an element type for.
protocol StoredElement {
  static func write(_ values: [Self], shape: [Int], to path: String, of writer: HDF5Writer) throws
  static func read(_ path: String, from reader: HDF5Reader) throws -> [Self]
}

/// An array of such values, recognised at run time from its type alone.
protocol StoredArray {
  func write(to path: String, of writer: HDF5Writer) throws
  static func read(_ path: String, from reader: HDF5Reader) throws -> Self
}

extension Array: StoredArray where Element: StoredElement {
  func write(to path: String, of writer: HDF5Writer) throws {
    try Element.write(self, shape: [count], to: path, of: writer)
  }

  static func read(_ path: String, from reader: HDF5Reader) throws -> [Element] {
    try Element.read(path, from: reader)
  }
}

extension StoredElement {
  func writeScalar(to path: String, of writer: HDF5Writer) throws {
    try Self.write([self], shape: [], to: path, of: writer)
  }

  static func readScalar(_ path: String, from reader: HDF5Reader) throws -> Self {
    let values = try read(path, from: reader)
    guard let value = values.first, values.count == 1 else {
      throw Fault("\(reader.path), \(path)", "holds \(values.count) values where one is needed")
    }
    return value
  }
}

extension Float: StoredElement {
  static func write(_ values: [Float], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
  static func read(_ path: String, from reader: HDF5Reader) throws -> [Float] { try reader.floats(path) }
}

extension Double: StoredElement {
  static func write(_ values: [Double], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
  static func read(_ path: String, from reader: HDF5Reader) throws -> [Double] { try reader.doubles(path) }
}

extension String: StoredElement {
  static func write(_ values: [String], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
  static func read(_ path: String, from reader: HDF5Reader) throws -> [String] { try reader.strings(path) }
}

extension Bool: StoredElement {
  static func write(_ values: [Bool], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
  static func read(_ path: String, from reader: HDF5Reader) throws -> [Bool] {
    try reader.bytes(path).map { $0 != 0 }
  }
}

extension UInt8: StoredElement {
  static func write(_ values: [UInt8], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
  static func read(_ path: String, from reader: HDF5Reader) throws -> [UInt8] { try reader.bytes(path) }
}

extension UInt16: StoredElement {
  static func write(_ values: [UInt16], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
}

extension Int32: StoredElement {
  static func write(_ values: [Int32], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    try writer.write(values, shape: shape, to: path)
  }
}

extension Int: StoredElement {
  static func read(_ path: String, from reader: HDF5Reader) throws -> [Int] { try reader.integers(path) }
}

extension Int8: StoredElement {}
extension Int16: StoredElement {}
extension Int64: StoredElement {}
extension UInt: StoredElement {}
extension UInt32: StoredElement {}
extension UInt64: StoredElement {}

/// Integers without a case of their own are stored with 64 bits and checked when they are read.
extension StoredElement where Self: FixedWidthInteger {
  static func write(_ values: [Self], shape: [Int], to path: String, of writer: HDF5Writer) throws {
    if isSigned {
      try writer.write(values.map { Int64($0) }, shape: shape, to: path)
    } else {
      try writer.write(values.map { UInt64($0) }, shape: shape, to: path)
    }
  }

  static func read(_ path: String, from reader: HDF5Reader) throws -> [Self] {
    func fit(_ value: some BinaryInteger) throws -> Self {
      guard let fitting = Self(exactly: value) else {
        throw Fault("\(reader.path), \(path)", "holds \(value), which is no \(Self.self)")
      }
      return fitting
    }
    guard reader.dataset(path)?.type == .uint64 else { return try reader.integers(path).map(fit) }
    return try ElementBytes(try reader.rawBytes(path), .uint64).elements(UInt64.self).map(fit)
  }
}
