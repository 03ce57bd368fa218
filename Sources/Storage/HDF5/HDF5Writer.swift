// Writing HDF5 so that equal content gives equal bytes: no time stamps, the oldest file format that holds what is
// written (formats.md F13.1). Any reader since HDF5 1.8 opens the result.

import CHDF5
import Evidence

/// A file in HDF5, open for writing.
///
/// Not for use from several threads at once.
///
/// Write to the temporary path of `AtomicFile.write`, so that a file is never half-written under its final name.
public final class HDF5Writer {
  /// The path as it was given.
  public let path: String
  private let file: hid_t
  private var isOpen = true
  private var streams: [String: Stream] = [:]

  /// A dataset that is being filled by rows.
  private struct Stream {
    var id: hid_t
    var shape: [Int]
    var type: HDF5Reader.ElementType
  }

  /// Makes a file, replacing one of the same name.
  ///
  /// Throws if it cannot be made.
  public init(path: String) throws {
    self.path = path
    file = try HDF5Library.locked {
      let access = try HDF5Handle(
        H5Pcreate(assay_h5p_file_access()), path, "cannot be made", closedBy: H5Pclose)
      try HDF5Library.check(H5Pset_fapl_sec2(access.id), path, "cannot be made")
      try HDF5Library.check(H5Pset_file_locking(access.id, false, true), path, "cannot be made")
      try HDF5Library.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), path, "cannot be made")
      try HDF5Library.check(
        H5Pset_libver_bounds(access.id, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), path, "cannot be made")
      let file = H5Fcreate(path, assay_h5f_acc_trunc(), hid_t(H5P_DEFAULT), access.id)
      guard file >= 0 else {
        throw HDF5Library.fault(path, "cannot be made", do: "check that its folder exists and may be written")
      }
      return file
    }
  }

  deinit { try? close() }

  /// Flushes and closes the file; a second call does nothing.
  ///
  /// Throws if the last bytes cannot be written.
  public func close() throws {
    guard isOpen else { return }
    isOpen = false
    let open = streams.sorted { $0.key < $1.key }.map(\.value.id)
    streams = [:]
    try HDF5Library.locked {
      for id in open { H5Dclose(id) }
      let flushed = H5Fflush(file, H5F_SCOPE_LOCAL)
      let fault = flushed < 0 ? HDF5Library.fault(path, "could not be completed") : nil
      let closed = H5Fclose(file)
      if let fault { throw fault }
      try HDF5Library.check(closed, path, "could not be completed")
    }
  }

  // MARK: Groups and attributes

  /// Makes a group and those above it; an existing group stays as it is.
  public func group(_ path: String) throws {
    let place = try self.place(path)
    try HDF5Library.locked {
      var known = ""
      for name in path.split(separator: "/") {
        known += "/" + name
        if H5Lexists(file, known, hid_t(H5P_DEFAULT)) > 0 { continue }
        let links = try Self.linkPlan(place)
        _ = try HDF5Handle(
          H5Gcreate2(file, known, links.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT)), place,
          "the group cannot be made", closedBy: H5Gclose)
      }
    }
  }

  /// Sets an attribute of a group or dataset that exists; the root is "".
  public func attribute(_ name: String, _ value: String, on path: String = "") throws {
    try attribute(name, .string, on: path) { attribute, type in
      value.withCString { text in
        var pointer: UnsafePointer<CChar>? = text
        return H5Awrite(attribute, type, &pointer)
      }
    }
  }

  /// Sets an attribute of a group or dataset that exists; the root is "".
  public func attribute(_ name: String, _ value: Int, on path: String = "") throws {
    try attribute(name, .int64, on: path) { attribute, type in
      var value = Int64(value)
      return H5Awrite(attribute, type, &value)
    }
  }

  /// Sets an attribute of a group or dataset that exists; the root is "".
  public func attribute(_ name: String, _ value: Double, on path: String = "") throws {
    try attribute(name, .float64, on: path) { attribute, type in
      var value = value
      return H5Awrite(attribute, type, &value)
    }
  }

  private func attribute(
    _ name: String, _ type: HDF5Reader.ElementType, on path: String, _ write: (hid_t, hid_t) -> herr_t
  ) throws {
    let place = try self.place(path) + ", attribute \(name)"
    let none = hid_t(H5P_DEFAULT)
    try HDF5Library.locked {
      let owner = try HDF5Handle(
        H5Oopen(file, path.isEmpty ? "/" : path, none), place, "its owner does not exist", closedBy: H5Oclose)
      if H5Aexists(owner.id, name) > 0 {
        try HDF5Library.check(H5Adelete(owner.id, name), place, "it cannot be replaced")
      }
      let space = try HDF5Handle(H5Screate(H5S_SCALAR), place, "it cannot be made", closedBy: H5Sclose)
      let type = try type.makeType(place)
      let attribute = try HDF5Handle(
        H5Acreate2(owner.id, name, type.id, space.id, none, none), place, "it cannot be made",
        closedBy: H5Aclose)
      try HDF5Library.check(write(attribute.id, type.id), place, "it cannot be written")
    }
  }

  // MARK: Datasets

  /// Makes a dataset to be filled by rows, in chunks of `chunkRows` rows.
  public func create(
    _ path: String, shape: [Int], type: HDF5Reader.ElementType, chunkRows: Int, compressed: Bool
  ) throws {
    streams[path] = Stream(
      id: try make(path, shape, type, chunkRows: chunkRows, compressed: compressed), shape: shape, type: type)
  }

  /// Makes a dataset and fills it; `write` gets the dataset and its type.
  func store(
    _ path: String, shape: [Int], type: HDF5Reader.ElementType, count: Int, compressed: Bool,
    _ write: (hid_t, hid_t) -> herr_t
  ) throws {
    let place = try self.place(path)
    guard shape.reduce(1, *) == count else {
      throw Fault(place, "\(count) values were given for the shape \(shape)")
    }
    let rowBytes = shape.dropFirst().reduce(type.byteCount ?? 16, *)
    let chunkRows = compressed ? max(1, (1 << 20) / max(1, rowBytes)) : nil
    let id = try make(path, shape, type, chunkRows: chunkRows, compressed: compressed)
    try HDF5Library.locked {
      defer { H5Dclose(id) }
      guard count > 0 else { return }
      let type = try type.makeType(place)
      try HDF5Library.check(write(id, type.id), place, "its data cannot be written")
    }
  }

  /// Fills rows of a dataset made by `create`; `write` gets the dataset, its type and both selections.
  func fill(
    _ rows: Range<Int>, of path: String, count: Int, accepting isFit: (HDF5Reader.ElementType) -> Bool,
    _ write: (hid_t, HDF5Reader.ElementType, hid_t, hid_t, hid_t) -> herr_t
  ) throws {
    let place = try self.place(path)
    guard let stream = streams[path] else { throw Fault(place, "was not made for writing by rows") }
    guard let first = stream.shape.first, rows.lowerBound >= 0, rows.upperBound <= first,
      count == rows.count * stream.shape.dropFirst().reduce(1, *), isFit(stream.type)
    else {
      throw Fault(
        place,
        "\(count) values do not fill rows \(rows.lowerBound)..<\(rows.upperBound) of \(stream.shape) in \(stream.type)"
      )
    }
    guard count > 0 else { return }
    try HDF5Library.locked {
      let space = try HDF5Handle(
        H5Dget_space(stream.id), place, "its data cannot be written", closedBy: H5Sclose)
      let memory = try OpenDataset.select(rows, of: stream.shape, in: space.id, place)
      let type = try stream.type.makeType(place)
      try HDF5Library.check(
        write(stream.id, stream.type, type.id, memory.id, space.id), place, "its data cannot be written")
    }
  }

  /// An empty dataset; chunked if `chunkRows` is given and there is something to divide.
  private func make(
    _ path: String, _ shape: [Int], _ type: HDF5Reader.ElementType, chunkRows: Int?, compressed: Bool
  ) throws -> hid_t {
    let place = try self.place(path)
    let attempt = "the dataset cannot be made"
    return try HDF5Library.locked {
      let plan = try HDF5Handle(H5Pcreate(assay_h5p_dataset_create()), place, attempt, closedBy: H5Pclose)
      try HDF5Library.check(H5Pset_obj_track_times(plan.id, false), place, attempt)
      if let chunkRows, let first = shape.first, !shape.contains(0) {
        let chunk = [hsize_t(max(1, min(chunkRows, first)))] + shape.dropFirst().map { hsize_t($0) }
        try HDF5Library.check(H5Pset_chunk(plan.id, Int32(chunk.count), chunk), place, attempt)
        if compressed {
          try HDF5Library.check(H5Pset_shuffle(plan.id), place, attempt)
          try HDF5Library.check(H5Pset_deflate(plan.id, 1), place, attempt)
        }
      }
      let space = try HDF5Handle(Self.space(shape), place, attempt, closedBy: H5Sclose)
      let type = try type.makeType(place)
      let links = try Self.linkPlan(place)
      return try HDF5Library.check(
        H5Dcreate2(file, path, type.id, space.id, links.id, plan.id, hid_t(H5P_DEFAULT)), place, attempt)
    }
  }

  private static func space(_ shape: [Int]) -> hid_t {
    shape.isEmpty
      ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
  }

  /// Names are UTF-8, and missing groups above are made.
  private static func linkPlan(_ place: String) throws -> HDF5Handle {
    let plan = try HDF5Handle(
      H5Pcreate(assay_h5p_link_create()), place, "the name cannot be made", closedBy: H5Pclose)
    try HDF5Library.check(H5Pset_create_intermediate_group(plan.id, 1), place, "the name cannot be made")
    try HDF5Library.check(H5Pset_char_encoding(plan.id, H5T_CSET_UTF8), place, "the name cannot be made")
    return plan
  }

  private func place(_ path: String) throws -> String {
    let place = path.isEmpty ? self.path : "\(self.path), \(path)"
    guard isOpen else { throw Fault(place, "was written to after the file was closed") }
    return place
  }
}
