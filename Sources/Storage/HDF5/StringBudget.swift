// Strings of variable length lie in a heap, and any number of elements may point to the same long one: a small file
// can claim terabytes. The library asks us for every allocation, and past the bound the answer is no.

import CHDF5
import Evidence
import Foundation

/// What strings read by one call may take up.
struct StringBudget {
  static let stringsAtOnce = 4096
  private static let bytes = 1 << 31
  private var remaining = Self.bytes

  /// Reads `count` selected strings of variable length.
  ///
  /// To be called under the library's lock.
  mutating func read(_ open: borrowing OpenDataset, count: Int, _ place: String) throws -> [HDF5Text.Decoded]
  {
    let transfer = try HDF5Handle(
      H5Pcreate(assay_h5p_dataset_xfer()), place, "its data cannot be read", closedBy: H5Pclose)
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    defer { for pointer in pointers { free(pointer) } }
    let status = withUnsafeMutablePointer(to: &remaining) { remaining in
      H5Pset_vlen_mem_manager(
        transfer.id,
        { size, remaining in
          guard let remaining = remaining?.assumingMemoryBound(to: Int.self), size <= remaining.pointee else {
            return nil
          }
          remaining.pointee -= size
          return malloc(size)
        }, remaining, { pointer, _ in free(pointer) }, nil)
      return H5Dread(open.id, open.type, open.memory, open.selection, transfer.id, &pointers)
    }
    guard status >= 0 else {
      throw HDF5Library.fault(place, "its strings cannot be read or take up more than \(Self.bytes) bytes")
    }
    return pointers.map { pointer in pointer.map { HDF5Text.decode($0) } ?? ("", false) }
  }
}
