// The versions of the libraries that files pass through, for the record of a run.

import CCrypto
import CHDF5

/// Versions of libraries.
public enum StorageLibraries {
  /// Name and version of each.
  public static var versions: [String: String] {
    HDF5Library.locked {
      var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
      guard H5get_libversion(&major, &minor, &release) >= 0 else { return [:] }
      return ["HDF5": "\(major).\(minor).\(release)"]
    }
  }

  /// The version of libcrypto, which makes every digest.
  public static var crypto: String {
    OpenSSL_version(OPENSSL_VERSION_STRING).map { String(cString: $0) } ?? "unknown"
  }
}
