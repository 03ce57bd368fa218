// Reading HDF5 files that may be hostile: inventory first, payload by name and by rows (formats.md F2, F11.1).

import CHDF5
import Evidence
import Synchronization

/// A file in HDF5, open for reading.
///
/// Calls from several threads are safe and take turns.
public final class HDF5Reader: Sendable {
  /// One array of the file.
  public struct Dataset: Sendable {
    /// Its path, groups divided by slashes, without a leading slash.
    public let path: String
    /// Its dimensions; empty for a scalar.
    public let shape: [Int]
    /// Its elements.
    public let type: ElementType
    /// Bytes it takes up in the file.
    public let storedBytes: Int
    /// The shape of its chunks, or nil if it is stored in one piece.
    ///
    /// Whole chunks are read fastest.
    public let chunk: [Int]?
    /// Whether its elements are stored with the most significant byte first.
    public let isBigEndian: Bool

    /// Elements of the whole array.
    public var count: Int { shape.reduce(1, *) }
  }

  /// A small value on a group or dataset.
  public enum Attribute: Sendable, Equatable {
    case string(String)
    case number(Double)
    case integer(Int)
    /// Anything else, named but not read.
    case other(String)
  }

  /// The path as it was given.
  public let path: String
  /// The arrays, by path.
  public let datasets: [Dataset]
  /// The groups below the root, sorted.
  public let groups: [String]

  let file: HDF5File
  private let index: [String: Int]
  private let members: [String: [String]]
  private let attributeTable: [String: [String: Attribute]]
  private let noted: Mutex<[String]>

  /// Opens a file and lists what is in it.
  ///
  /// Throws a fault for what is not HDF5, damaged, or built to mislead.
  public init(path: String) throws {
    let bytes = try RandomAccessFile(path: path)
    let superblock = try Superblock(of: bytes)
    let file = HDF5File(id: try HDF5Library.locked { try Self.open(path) })
    let inventory = try HDF5Library.locked {
      try HDF5Inventory(of: file.id, path: path, bytes: bytes.length)
    }
    self.path = path
    self.file = file
    datasets = inventory.datasets
    groups = inventory.groups
    attributeTable = inventory.attributes
    noted = Mutex(superblock.anomalies + inventory.anomalies)
    index = Dictionary(uniqueKeysWithValues: inventory.datasets.enumerated().map { ($1.path, $0) })
    var members: [String: [String]] = ["": []]
    for group in groups { members[group] = [] }
    for child in groups + datasets.map(\.path) {
      let slash = child.lastIndex(of: "/")
      let parent = slash.map { String(child[..<$0]) } ?? ""
      members[parent, default: []].append(slash.map { String(child[child.index(after: $0)...]) } ?? child)
    }
    self.members = members.mapValues { $0.sorted() }
  }

  /// What is odd about the file, one sentence each.
  public var anomalies: [String] { noted.withLock { $0 } }

  /// The array at a path, or nil.
  public func dataset(_ path: String) -> Dataset? { index[path].map { datasets[$0] } }

  /// The names right below a group, sorted; nil if there is no such group.
  ///
  /// The root is "".
  public func members(of group: String) -> [String]? { members[group] }

  /// The attributes of a group or dataset; the root is "".
  public func attributes(of path: String) -> [String: Attribute] { attributeTable[path] ?? [:] }

  /// Adds a sentence to the anomalies, once.
  func note(_ anomaly: String) {
    noted.withLock { if !$0.contains(anomaly) { $0.append(anomaly) } }
  }

  /// Read-only through the plain file driver, whatever the environment says, and without taking file locks.
  private static func open(_ path: String) throws -> hid_t {
    let access = try HDF5Handle(
      H5Pcreate(assay_h5p_file_access()), path, "it cannot be opened", closedBy: H5Pclose)
    try HDF5Library.check(H5Pset_fapl_sec2(access.id), path, "it cannot be opened")
    try HDF5Library.check(H5Pset_file_locking(access.id, false, true), path, "it cannot be opened")
    try HDF5Library.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), path, "it cannot be opened")
    let file = H5Fopen(path, assay_h5f_acc_rdonly(), access.id)
    guard file >= 0 else {
      throw HDF5Library.fault(path, "is damaged", do: "get a complete copy of the file")
    }
    return file
  }
}
