// Two folders that change places in one step: whoever looks at either name always finds a whole one.

import CAssay

/// Exchanges folders.
public enum FolderSwap {
  /// Lets two existing paths of one file system change places.
  ///
  /// - Returns: whether they did.
  public static func exchange(_ first: String, _ second: String) -> Bool {
    assay_exchange_paths(first, second) == 0
  }
}
