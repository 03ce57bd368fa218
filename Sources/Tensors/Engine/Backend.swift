// The libraries and kernels under the engine, and what the processor offers them.

import CAssay
import CBLAS

/// What the numerics run on.
public enum Backend {
  /// Whether the processor multiplies bfloat16 itself and its kernels gave right results when tried.
  public static let hasBFloat16 = assay_multiplies_bf16() != 0

  /// The instruction set of the kernels in use, each tried on a small product at the start of the process.
  public static let instructionSet: String =
    switch Int(assay_kernels()) {
    case ASSAY_AVX512: hasBFloat16 ? "AVX-512 with bfloat16" : "AVX-512"
    case ASSAY_AVX2: "AVX2"
    default: "portable"
    }

  /// Libraries of the numerics and their versions, for the record of a run.
  public static var libraries: [String: String] {
    var found = ["kernels": instructionSet]
    if let name = openblas_get_corename() { found["OpenBLAS core"] = String(cString: name) }
    return found
  }

  /// The version of OpenBLAS and how it was built.
  public static var openBLAS: String {
    openblas_get_config().map { String(cString: $0) } ?? "unknown"
  }

  /// Threads are the workers': a product inside one never starts its own.
  static let singleThreadedBLAS: Void = openblas_set_num_threads(1)

  /// Gives buffers of a mebibyte and more back to the system as soon as they are freed.
  ///
  /// While weights are read and packed, large buffers come and go; the C library would keep some of each size. Call it
  /// once, before the first model is opened.
  public static func returnFreedMemory() {
    assay_return_freed_memory()
  }
}
