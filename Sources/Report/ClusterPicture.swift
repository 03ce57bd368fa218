// The suspects in the plane, as they stand in case.h5 under exhibits/clusters.

import Storage

import struct Evidence.Fault

/// Suspects and other rows of their set in the plane, twice.
public struct ClusterPicture: Sendable, Equatable {
  /// What a point is.
  public enum Kind: Sendable, Equatable {
    /// A suspect.
    case suspect
    /// Another row to which the model gives the label that most suspects have.
    case sameLabel
    /// A row of another label.
    case other
  }

  /// The points' kinds.
  public var kinds: [Kind]
  /// The cluster of each point, -1 for none.
  public var clusters: [Int]
  /// The principal coordinates, two a point.
  public var principal: [Float]
  /// The coordinates by t-SNE, two a point.
  public var neighbours: [Float]
  /// The shares of the variance on the two principal axes.
  public var shares: [Double]

  /// A picture of clusters.
  public init(
    kinds: [Kind], clusters: [Int], principal: [Float], neighbours: [Float], shares: [Double]
  ) {
    self.kinds = kinds
    self.clusters = clusters
    self.principal = principal
    self.neighbours = neighbours
    self.shares = shares
  }

  /// Points read at most: the picture holds no more.
  private static let most = 2000
  private static let group = "exhibits/clusters"

  /// The picture of a case; none when it has none.
  ///
  /// - Throws: `Fault` where its columns do not fit each other.
  static func read(_ file: HDF5Reader) throws -> ClusterPicture? {
    guard let shape = file.dataset(group + "/kinds")?.shape else { return nil }
    guard shape.count == 1, (1...most).contains(shape[0]) else {
      throw Fault("case.h5, \(group)/kinds", "it has the shape \(shape)", do: "run the audit again")
    }
    let count = shape[0]
    func column(_ name: String, _ expected: [Int]) throws -> String {
      let path = "\(group)/\(name)"
      guard file.dataset(path)?.shape == expected else {
        throw Fault(
          "case.h5, \(path)", "it does not have the shape \(expected)", do: "run the audit again")
      }
      return path
    }
    let coordinates = try ["principal", "neighbours"].map { name -> [Float] in
      let values = try file.floats(try column(name, [count, 2]))
      guard values.count == 2 * count, values.allSatisfy(\.isFinite) else {
        throw Fault(
          "case.h5, \(group)/\(name)", "it holds values that are no numbers", do: "run the audit again")
      }
      return values
    }
    let kinds = try file.integers(try column("kinds", [count])).map { value -> Kind in
      value == 0 ? .suspect : value == 1 ? .sameLabel : .other
    }
    return ClusterPicture(
      kinds: kinds, clusters: try file.integers(try column("clusters", [count])),
      principal: coordinates[0], neighbours: coordinates[1],
      shares: try file.doubles(try column("shares", [2])).map { $0.isFinite ? min(1, max(0, $0)) : 0 })
  }
}
