// What is checked before libhdf5 sees a file: signature, superblock version, sizes of addresses, end of file,
// base address and driver block (formats.md F11.1 measure 2; HDF5 File Format Specification 3.0, II.A).

import Evidence

/// The first block of an HDF5 file.
struct Superblock {
  /// Sentences about the file that a reviewer should know.
  private(set) var anomalies: [String] = []

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  private static let longest = 8 + 16 + 4 + 4 * 8

  /// Reads and checks the superblock.
  ///
  /// Throws what makes a file unfit for libhdf5.
  init(of file: RandomAccessFile) throws {
    guard file.length > 0 else { throw Fault(file.path, "is empty", do: "get a complete copy of the file") }
    let start = try Self.find(in: file)
    let bytes = try file.read(at: start, count: min(Self.longest, file.length - start))
    let fields = try Fields(bytes, path: file.path)

    guard fields.base == UInt64(start) || fields.base == 0 else {
      throw Fault(
        file.path, "its superblock names a base address of \(fields.base)", do: "do not trust this file")
    }
    if let driver = fields.driver, driver != .max {
      throw Fault(
        file.path, "names a file driver of its own, which would split the data over other files",
        do: "repack it into one plain file with h5repack")
    }
    guard fields.end <= UInt64(file.length) else {
      throw Fault(
        file.path, "is truncated: its superblock says \(fields.end) bytes, the file has \(file.length)",
        do: "get a complete copy of the file")
    }
    if start > 0 { anomalies.append("\(start) bytes stand before the HDF5 content (a user block).") }
    let trailing = UInt64(file.length) - fields.end
    if trailing > UInt64(start) { anomalies.append("\(trailing) bytes follow the HDF5 content.") }
  }

  /// The signature stands at 0, 512, 1024, 2048 and so on.
  private static func find(in file: RandomAccessFile) throws -> Int {
    var offset = 0
    while offset <= file.length - signature.count {
      if try file.read(at: offset, count: signature.count) == signature { return offset }
      offset = offset == 0 ? 512 : offset * 2
    }
    throw Fault(file.path, "is not an HDF5 file", do: "check that it is the file you mean")
  }

  /// The fields of any of the versions 0 to 3.
  private struct Fields {
    var base: UInt64
    var end: UInt64
    /// Address of the driver block; versions 2 and 3 have no such field.
    var driver: UInt64?

    init(_ bytes: [UInt8], path: String) throws {
      func number(at offset: Int, size: Int) throws -> UInt64 {
        guard offset + size <= bytes.count else {
          throw Fault(path, "ends inside its superblock", do: "get a complete copy of the file")
        }
        let value = bytes[offset..<offset + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let undefined = size == 8 ? UInt64.max : (1 << (8 * UInt64(size))) - 1
        return value == undefined ? .max : value
      }
      let version = try number(at: 8, size: 1)
      guard version <= 3 else {
        throw Fault(
          path, "was written by a newer HDF5 (superblock version \(version))",
          do: "write it again with libver='v110', for example with h5repack")
      }
      let isOld = version < 2
      let size = Int(try number(at: isOld ? 13 : 9, size: 1))
      let lengths = Int(try number(at: isOld ? 14 : 10, size: 1))
      guard [2, 4, 8].contains(size), [2, 4, 8].contains(lengths) else {
        throw Fault(
          path, "its superblock says that addresses have \(size) and lengths \(lengths) bytes",
          do: "do not trust this file")
      }
      let first = isOld ? (version == 0 ? 24 : 28) : 12
      base = try number(at: first, size: size)
      end = try number(at: first + 2 * size, size: size)
      driver = isOld ? try number(at: first + 3 * size, size: size) : nil
    }
  }
}
