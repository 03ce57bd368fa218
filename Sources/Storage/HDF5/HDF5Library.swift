// The one gate to libhdf5. The library keeps global state and is old enough to be attacked (formats.md F11.1):
// every call goes through one lock, plugins and external links are switched off before the first file is
// opened, and errors are read from the library's own stack instead of being printed.

import CHDF5
import Evidence
import Synchronization

enum HDF5Library {
  private static let gate = Mutex(())

  private static let isHardened: Bool = {
    // At exit the library would flush files that a full disk made unwritable, and crash: files are closed by their owners.
    let opened = H5dont_atexit() >= 0 && H5open() >= 0
    return H5PLset_loading_state(0) >= 0 && H5Lunregister(H5L_TYPE_EXTERNAL) >= 0 && opened
  }()

  /// Runs `body` as the only user of libhdf5.
  ///
  /// Not re-entrant: lock once, at the public entry.
  static func locked<Result: Sendable>(_ body: () throws -> Result) rethrows -> Result {
    try gate.withLock { _ in
      precondition(isHardened, "libhdf5 could not be started")
      H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
      return try body()
    }
  }

  /// The failure of the last call, in the library's words, as one sentence about `place`.
  static func fault(_ place: String, _ attempt: String, do remedy: String = "") -> Fault {
    let messages = errorStack()
    if messages.contains(where: { $0.contains("No space left") || $0.contains("File too large") }) {
      return Fault(place, "the disk is full", do: "free some space or choose another folder")
    }
    if messages.contains(where: { $0.contains("bad version number") || $0.contains("unknown version") }) {
      return Fault(
        place, "\(attempt) because it was written by a newer HDF5 than this program reads",
        do: "write it again with libver='v110', for example with h5repack")
    }
    guard let cause = messages.last else { return Fault(place, attempt, do: remedy) }
    return Fault(place, "\(attempt) (HDF5: \(cause))", do: remedy)
  }

  /// Throws the library's error where a status or an identifier is negative.
  @discardableResult
  static func check<Status: SignedInteger>(_ status: Status, _ place: String, _ attempt: String) throws
    -> Status
  {
    guard status >= 0 else { throw fault(place, attempt) }
    return status
  }

  /// The messages of the error stack, from the call inwards, without clock times and addresses.
  private static func errorStack() -> [String] {
    var messages: [String] = []
    withUnsafeMutablePointer(to: &messages) { pointer in
      let collect: H5E_walk2_t = { _, entry, context in
        guard let text = entry?.pointee.desc, let context else { return 0 }
        context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
        return 0
      }
      _ = H5Ewalk2(hid_t(H5E_DEFAULT), H5E_WALK_DOWNWARD, collect, pointer)
    }
    return messages.map(withoutCircumstances)
  }

  /// Messages of the file driver carry the time, the path and addresses; only the system's own words are kept.
  private static func withoutCircumstances(_ message: String) -> String {
    guard message.contains("time = ") else { return message }
    let fields = message.split(separator: "'", omittingEmptySubsequences: false)
    for (field, next) in zip(fields, fields.dropFirst()) where field.hasSuffix("error message = ") {
      return String(next)
    }
    return message.split(separator: ":", maxSplits: 1).first.map(String.init) ?? message
  }
}

/// An open HDF5 identifier, closed at the end of its scope.
///
/// It never leaves the lock.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes over `id`, or throws the library's error if it is none.
  init(_ id: hid_t, _ place: String, _ attempt: String, closedBy close: @escaping (hid_t) -> herr_t) throws {
    guard id >= 0 else { throw HDF5Library.fault(place, attempt) }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }
}

/// An open file that outlives the calls on it.
final class HDF5File: Sendable {
  let id: hid_t

  init(id: hid_t) { self.id = id }

  deinit { HDF5Library.locked { _ = H5Fclose(id) } }
}
