// The first of the two phases of reading: what is in a file, with bounded memory and without a byte of payload.
// Only hard links are entered. Whatever would make the library open another file, run a filter of unknown origin
// or allocate what the file does not hold is refused here (formats.md F11.1, measures 4 to 9).

import CHDF5
import Evidence

/// The names, shapes and attributes of a file.
struct HDF5Inventory: Sendable {
  /// Bounds on what a file may ask for.
  enum Limit {
    static let depth = 32
    static let objects = 200_000
    static let attributes = 4096
    static let attributeBytes = 1 << 20
    static let nameBytes = 1024
    static let chunkBytes = 1 << 30
    /// Below this, a dataset that was never written (all fill values) is harmless.
    static let unwrittenBytes = 1 << 20
    /// Deflate cannot do better than about 1,032 to 1: a larger ratio means that chunks are missing.
    static let inflation = 1100
    static let notableInflation = 200
    /// What stands in the array for an element that lies in a heap.
    static let heapReferenceBytes = 16
    static let unaccountedBytes = 64 << 10
  }

  private(set) var datasets: [HDF5Reader.Dataset] = []
  private(set) var groups: [String] = []
  private(set) var attributes: [String: [String: HDF5Reader.Attribute]] = [:]
  private(set) var anomalies: [String] = []

  private let place: String
  private var objects = 0
  private var accounted: [haddr_t: Int] = [:]
  private var hasHeap = false

  /// Walks an open file.
  ///
  /// To be called under the library's lock.
  init(of file: hid_t, path: String, bytes: Int) throws {
    place = path
    let root = try HDF5Handle(
      H5Gopen2(file, "/", hid_t(H5P_DEFAULT)), path, "its root group cannot be opened", closedBy: H5Gclose)
    let information = try note(root.id, at: "")
    try walk(root.id, at: "", ancestors: [information.addr])

    datasets.sort { $0.path < $1.path }
    groups.sort()
    let explained = accounted.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    let unexplained = bytes - explained
    if !hasHeap, unexplained > Limit.unaccountedBytes, unexplained > bytes / 20 {
      anomalies.append("\(unexplained) of \(bytes) bytes belong to no dataset that can be reached.")
    }
    let swapped = datasets.filter(\.isBigEndian).map(\.path)
    if let first = swapped.first {
      anomalies.append("\(swapped.count) datasets are big-endian, for example \(first).")
    }
    anomalies.sort()
  }

  // MARK: Walking

  private struct Link {
    var name: String?
    var type: H5L_type_t
  }

  private mutating func walk(_ group: hid_t, at path: String, ancestors: [haddr_t]) throws {
    guard ancestors.count <= Limit.depth else {
      throw Fault(place, "nests groups deeper than \(Limit.depth)", do: "do not trust this file")
    }
    for link in try links(of: group, at: path) {
      objects += 1
      guard objects <= Limit.objects else {
        throw Fault(place, "holds more than \(Limit.objects) objects", do: "split the file")
      }
      guard let name = link.name, name.utf8.count <= Limit.nameBytes, name != "." else {
        anomalies.append("A name in group /\(path) is not UTF-8 or too long; it was skipped.")
        continue
      }
      let child = path.isEmpty ? name : "\(path)/\(name)"
      guard link.type == H5L_TYPE_HARD else {
        let kind =
          link.type == H5L_TYPE_SOFT ? "soft" : link.type == H5L_TYPE_EXTERNAL ? "external" : "user-defined"
        anomalies.append("The \(kind) link \(child) was not followed.")
        continue
      }
      try enter(group, name, child, ancestors)
    }
  }

  private func links(of group: hid_t, at path: String) throws -> [Link] {
    var links: [Link] = []
    try withUnsafeMutablePointer(to: &links) { pointer in
      var index: hsize_t = 0
      let collect: H5L_iterate_t = { _, name, information, context in
        guard let name, let information, let context else { return -1 }
        let links = context.assumingMemoryBound(to: [Link].self)
        links.pointee.append(Link(name: String(validatingCString: name), type: information.pointee.type))
        return links.pointee.count > Limit.objects ? 1 : 0
      }
      try HDF5Library.check(
        H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &index, collect, pointer), place,
        "the links of group /\(path) cannot be read")
    }
    return links
  }

  private mutating func enter(_ group: hid_t, _ name: String, _ path: String, _ ancestors: [haddr_t]) throws {
    let object = try HDF5Handle(
      H5Oopen(group, name, hid_t(H5P_DEFAULT)), "\(place), \(path)", "it cannot be opened", closedBy: H5Oclose
    )
    switch H5Iget_type(object.id) {
    case H5I_GROUP:
      let information = try note(object.id, at: path)
      guard !ancestors.contains(information.addr) else {
        anomalies.append("The group \(path) contains itself; it was not entered again.")
        return
      }
      groups.append(path)
      try walk(object.id, at: path, ancestors: ancestors + [information.addr])
    case H5I_DATASET:
      let information = try note(object.id, at: path)
      let dataset = try examine(object.id, at: path)
      accounted[information.addr, default: 0] += dataset.storedBytes
      datasets.append(dataset)
    default:
      anomalies.append("\(path) is a committed data type, not a tensor.")
    }
  }

  /// Reads an object's address, attributes and the size of its own bookkeeping.
  private mutating func note(_ object: hid_t, at path: String) throws -> H5O_info_t {
    var information = H5O_info_t()
    try HDF5Library.check(
      H5Oget_info2(
        object, &information, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS | H5O_INFO_HDR | H5O_INFO_META_SIZE),
      "\(place), /\(path)", "its header cannot be read")
    let parts = [
      information.hdr.space.total, information.meta_size.obj.index_size, information.meta_size.obj.heap_size,
      information.meta_size.attr.index_size, information.meta_size.attr.heap_size,
    ]
    accounted[information.addr] = parts.reduce(0) { $0 &+ Int(truncatingIfNeeded: $1) }
    guard information.num_attrs <= Limit.attributes else {
      throw Fault(
        "\(place), /\(path)", "has \(information.num_attrs) attributes, more than \(Limit.attributes)",
        do: "do not trust this file")
    }
    var found: [String: HDF5Reader.Attribute] = [:]
    for index in 0..<information.num_attrs {
      let attribute = try HDF5AttributeReader.read(
        object, index, place: "\(place), /\(path)", limit: Limit.attributeBytes)
      found[attribute.name] = attribute.value
    }
    if !found.isEmpty { attributes[path] = found }
    return information
  }

  // MARK: One dataset

  private mutating func examine(_ id: hid_t, at path: String) throws -> HDF5Reader.Dataset {
    let here = "\(place), \(path)"
    let space = try HDF5Handle(H5Dget_space(id), here, "its shape cannot be read", closedBy: H5Sclose)
    let type = try HDF5Handle(H5Dget_type(id), here, "its type cannot be read", closedBy: H5Tclose)
    let plan = try HDF5Handle(
      H5Dget_create_plist(id), here, "its layout cannot be read", closedBy: H5Pclose)
    let shape = try Self.shape(of: space.id, here)
    let isInHeap = H5Tdetect_class(type.id, H5T_VLEN) > 0 || H5Tis_variable_str(type.id) > 0
    let elementBytes = isInHeap ? Limit.heapReferenceBytes : H5Tget_size(type.id)
    let bytes = try Self.bytes(shape: shape, element: elementBytes, here)
    let stored = Int(clamping: H5Dget_storage_size(id))
    hasHeap = hasHeap || isInHeap

    guard H5Pget_external_count(plan.id) == 0 else {
      throw Fault(here, "keeps its data in another file", do: "do not trust this file")
    }
    try refuseFilters(plan.id, here)
    let layout = H5Pget_layout(plan.id)
    guard layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED else {
      throw Fault(here, "is a virtual dataset made of other files", do: "copy the data into one file")
    }
    let chunk =
      layout == H5D_CHUNKED ? try chunkShape(plan.id, rank: shape.count, elementBytes, here) : nil
    if layout == H5D_CONTIGUOUS && !isInHeap && stored > 0 && stored != bytes {
      throw Fault(
        here, "has \(bytes) bytes by its shape and \(stored) in the file", do: "do not trust this file")
    }
    if bytes > Limit.unwrittenBytes {
      guard stored > 0, bytes / Limit.inflation <= stored else {
        throw Fault(
          here, "claims \(bytes) bytes and holds \(stored)", do: "do not trust this file")
      }
      if bytes / Limit.notableInflation > stored {
        anomalies.append("\(path) holds \(stored) bytes for \(bytes): nearly all of it is one value.")
      }
    }
    let elements = HDF5Reader.ElementType(of: type.id)
    if case .unsupported(let what) = elements {
      anomalies.append("\(path) holds elements that are never read: \(what).")
    }
    return HDF5Reader.Dataset(
      path: path, shape: shape, type: elements, storedBytes: stored, chunk: chunk,
      isBigEndian: elements.byteCount ?? 1 > 1 && H5Tget_order(type.id) == H5T_ORDER_BE)
  }

  private static func shape(of space: hid_t, _ here: String) throws -> [Int] {
    switch H5Sget_simple_extent_type(space) {
    case H5S_SCALAR: return []
    case H5S_NULL: return [0]
    default: break
    }
    let rank = Int(try HDF5Library.check(H5Sget_simple_extent_ndims(space), here, "its shape cannot be read"))
    var extent = [hsize_t](repeating: 0, count: rank)
    try HDF5Library.check(H5Sget_simple_extent_dims(space, &extent, nil), here, "its shape cannot be read")
    return try extent.map {
      guard let size = Int(exactly: $0) else {
        throw Fault(here, "has a dimension of \($0)", do: "do not trust this file")
      }
      return size
    }
  }

  /// Bytes of a dense array; a shape whose product does not fit is refused.
  private static func bytes(shape: [Int], element: Int, _ here: String) throws -> Int {
    if shape.contains(0) { return 0 }
    return try shape.reduce(element) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw Fault(here, "has more elements than can be counted", do: "do not trust this file")
      }
      return next
    }
  }

  private func chunkShape(_ plan: hid_t, rank: Int, _ element: Int, _ here: String) throws -> [Int] {
    var sizes = [hsize_t](repeating: 0, count: rank)
    try HDF5Library.check(H5Pget_chunk(plan, Int32(rank), &sizes), here, "its chunk shape cannot be read")
    let chunk = sizes.map { Int(clamping: $0) }
    guard try Self.bytes(shape: chunk, element: element, here) <= Limit.chunkBytes else {
      throw Fault(
        here, "has chunks of more than \(Limit.chunkBytes) bytes", do: "write it with smaller chunks")
    }
    return chunk
  }

  /// Built-in filters are read; a filter from elsewhere would mean running code that came with the file's author.
  private func refuseFilters(_ plan: hid_t, _ here: String) throws {
    let count = H5Pget_nfilters(plan)
    guard (0...4).contains(count) else {
      throw Fault(here, "passes through \(count) filters", do: "write it again")
    }
    let known = [
      H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_NBIT, H5Z_FILTER_SCALEOFFSET,
    ]
    for index in 0..<UInt32(count) {
      var flags: UInt32 = 0
      var values = 0
      let filter = H5Pget_filter2(plan, index, &flags, &values, nil, 0, nil, nil)
      guard known.contains(filter) else {
        throw Fault(
          here, "is compressed with filter \(filter), which is not one of HDF5's own",
          do: "write it again with gzip or uncompressed")
      }
    }
  }
}
