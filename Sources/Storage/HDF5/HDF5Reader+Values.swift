// The second phase of reading: the payload of one dataset, whole or by rows, in the type the caller works with.

import CHDF5
import Evidence

extension HDF5Reader {
  /// Any numeric dataset as single precision; `rows` selects along the first axis.
  public func floats(_ path: String, rows: Range<Int>? = nil) throws -> [Float] {
    let dataset = try find(path)
    switch dataset.type {
    case .string, .unsupported: throw mismatch(dataset, "numbers")
    case .float32 where !dataset.isBigEndian: return try read(dataset, rows, as: Float.self)
    default: return ElementBytes(try littleEndian(dataset, rows), dataset.type).floats()
    }
  }

  /// Any numeric dataset as double precision; `rows` selects along the first axis.
  public func doubles(_ path: String, rows: Range<Int>? = nil) throws -> [Double] {
    let dataset = try find(path)
    switch dataset.type {
    case .string, .unsupported: throw mismatch(dataset, "numbers")
    case .float64 where !dataset.isBigEndian: return try read(dataset, rows, as: Double.self)
    default: return ElementBytes(try littleEndian(dataset, rows), dataset.type).doubles()
    }
  }

  /// A dataset of uint8 or bool; `rows` selects along the first axis.
  public func bytes(_ path: String, rows: Range<Int>? = nil) throws -> [UInt8] {
    let dataset = try find(path)
    guard dataset.type == .uint8 || dataset.type == .bool else { throw mismatch(dataset, "bytes") }
    return try read(dataset, rows, as: UInt8.self)
  }

  /// Any integer or bool dataset; `rows` selects along the first axis.
  ///
  /// Throws if a value exceeds Int.
  public func integers(_ path: String, rows: Range<Int>? = nil) throws -> [Int] {
    let dataset = try find(path)
    if dataset.type == .int64, !dataset.isBigEndian { return try read(dataset, rows, as: Int.self) }
    guard dataset.type.byteCount != nil,
      let integers = ElementBytes(try littleEndian(dataset, rows), dataset.type).integers()
    else { throw mismatch(dataset, "integers") }
    return integers
  }

  /// A dataset of strings; `rows` selects along the first axis.
  ///
  /// Bytes that are not UTF-8 are replaced, which is added to the anomalies.
  public func strings(_ path: String, rows: Range<Int>? = nil) throws -> [String] {
    let dataset = try find(path)
    guard dataset.type == .string else { throw mismatch(dataset, "strings") }
    let selected = try selection(dataset, rows)
    var budget = StringBudget()
    let perRow = max(1, dataset.shape.dropFirst().reduce(1, *))
    let step = max(1, StringBudget.stringsAtOnce / perRow)
    var strings: [String] = []
    var isRepaired = false
    for start in stride(from: selected.lowerBound, to: selected.upperBound, by: step) {
      let part = start..<min(start + step, selected.upperBound)
      let block = try HDF5Library.locked { try readStrings(dataset, part, &budget) }
      isRepaired = isRepaired || block.contains(where: \.wasRepaired)
      strings += block.map(\.text)
    }
    if isRepaired { note("\(path) holds text that is not UTF-8; the broken bytes were replaced.") }
    return strings
  }

  /// The elements as they are stored, row-major, little-endian.
  public func rawBytes(_ path: String, rows: Range<Int>? = nil) throws -> [UInt8] {
    let dataset = try find(path)
    guard dataset.type.byteCount != nil else { throw mismatch(dataset, "numbers") }
    return try littleEndian(dataset, rows)
  }

  // MARK: Checks

  private func find(_ path: String) throws -> Dataset {
    guard let dataset = dataset(path) else {
      throw Fault(self.path, "has no dataset \(path)", do: "list its content with assay inspect")
    }
    return dataset
  }

  private func mismatch(_ dataset: Dataset, _ wanted: String) -> Fault {
    Fault("\(path), \(dataset.path)", "holds \(dataset.type) elements where \(wanted) are needed")
  }

  /// The rows to read, where a scalar is one row.
  private func selection(_ dataset: Dataset, _ rows: Range<Int>?) throws -> Range<Int> {
    let all = 0..<(dataset.shape.first ?? 1)
    guard let rows else { return all }
    guard rows.lowerBound >= 0, rows.upperBound <= all.upperBound else {
      throw Fault(
        "\(path), \(dataset.path)",
        "has \(all.count) rows; rows \(rows.lowerBound) to \(rows.upperBound) were asked for")
    }
    return rows
  }

  // MARK: Transfer

  private func littleEndian(_ dataset: Dataset, _ rows: Range<Int>?) throws -> [UInt8] {
    guard let size = dataset.type.byteCount else { throw mismatch(dataset, "numbers") }
    var bytes = try read(dataset, rows, as: UInt8.self, perElement: size)
    if dataset.isBigEndian {
      for start in stride(from: 0, to: bytes.count, by: size) { bytes[start..<start + size].reverse() }
    }
    return bytes
  }

  /// Elements in their stored representation, `perElement` values of `Value` each.
  private func read<Value: BitwiseCopyable & Sendable>(
    _ dataset: Dataset, _ rows: Range<Int>?, as: Value.Type, perElement: Int = 1
  ) throws -> [Value] {
    let rows = try selection(dataset, rows)
    let count = rows.count * dataset.shape.dropFirst().reduce(perElement, *)
    guard count > 0 else { return [] }
    let place = "\(path), \(dataset.path)"
    return try HDF5Library.locked {
      let open = try OpenDataset.open(file.id, dataset, rows, place)
      return try [Value](unsafeUninitializedCapacity: count) { buffer, filled in
        try HDF5Library.check(
          H5Dread(open.id, open.type, open.memory, open.selection, hid_t(H5P_DEFAULT), buffer.baseAddress),
          place, "its data cannot be read")
        filled = count
      }
    }
  }

  private func readStrings(_ dataset: Dataset, _ rows: Range<Int>, _ budget: inout StringBudget) throws
    -> [HDF5Text.Decoded]
  {
    let count = rows.count * dataset.shape.dropFirst().reduce(1, *)
    guard count > 0 else { return [] }
    let place = "\(path), \(dataset.path)"
    let open = try OpenDataset.open(file.id, dataset, rows, place)
    guard H5Tis_variable_str(open.type) > 0 else {
      let size = H5Tget_size(open.type)
      var bytes = [UInt8](repeating: 0, count: count * size)
      try HDF5Library.check(
        H5Dread(open.id, open.type, open.memory, open.selection, hid_t(H5P_DEFAULT), &bytes), place,
        "its data cannot be read")
      return (0..<count).map { HDF5Text.fixed(bytes[$0 * size..<($0 + 1) * size], open.type) }
    }
    return try budget.read(open, count: count, place)
  }
}
