// A dataset opened for one call, with rows selected along its first axis. Its handles never leave the lock.

import CHDF5
import Evidence

/// A dataset with a block of rows selected, for the length of one call.
struct OpenDataset: ~Copyable {
  private let dataset, fileType, fileSpace, memorySpace: HDF5Handle
  var id: hid_t { dataset.id }
  var type: hid_t { fileType.id }
  var selection: hid_t { fileSpace.id }
  var memory: hid_t { memorySpace.id }

  private init(
    dataset: consuming HDF5Handle, fileType: consuming HDF5Handle, fileSpace: consuming HDF5Handle,
    memorySpace: consuming HDF5Handle
  ) {
    self.dataset = dataset
    self.fileType = fileType
    self.fileSpace = fileSpace
    self.memorySpace = memorySpace
  }

  /// Opens a dataset of an open file and selects rows.
  ///
  /// To be called under the library's lock.
  static func open(_ file: hid_t, _ description: HDF5Reader.Dataset, _ rows: Range<Int>, _ place: String)
    throws
    -> OpenDataset
  {
    let attempt = "its data cannot be reached"
    let dataset = try HDF5Handle(
      H5Dopen2(file, "/" + description.path, hid_t(H5P_DEFAULT)), place, attempt, closedBy: H5Dclose)
    let type = try HDF5Handle(H5Dget_type(dataset.id), place, attempt, closedBy: H5Tclose)
    let space = try HDF5Handle(H5Dget_space(dataset.id), place, attempt, closedBy: H5Sclose)
    let memory = try select(rows, of: description.shape, in: space.id, place)
    return OpenDataset(dataset: dataset, fileType: type, fileSpace: space, memorySpace: memory)
  }

  /// Selects rows in a file's space and makes the space of a buffer that receives exactly those.
  static func select(_ rows: Range<Int>, of shape: [Int], in space: hid_t, _ place: String) throws
    -> HDF5Handle
  {
    let attempt = "its rows cannot be selected"
    guard let first = shape.first else {
      return try HDF5Handle(H5Screate(H5S_SCALAR), place, attempt, closedBy: H5Sclose)
    }
    let size = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
    if rows.count < first {
      let start = [hsize_t(rows.lowerBound)] + shape.dropFirst().map { _ in 0 }
      try HDF5Library.check(
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, size, nil), place, attempt)
    }
    return try HDF5Handle(
      H5Screate_simple(Int32(size.count), size, nil), place, attempt, closedBy: H5Sclose)
  }
}
