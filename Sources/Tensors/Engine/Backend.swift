// oneDNN, opened once: its engine, what the processor can do, and the one place where its status becomes an error.

import CBLAS
import CDNNL

/// The process-wide oneDNN engine.
public enum Backend {
  /// The handle, never closed: primitives live as long as the process.
  struct Engine: @unchecked Sendable { let handle: dnnl_engine_t? }

  static let engine: Engine = {
    openblas_set_num_threads(1)
    var handle: dnnl_engine_t?
    check(dnnl_engine_create(&handle, dnnl_cpu, 0), "open the engine")
    return Engine(handle: handle)
  }()

  /// Whether the processor multiplies bfloat16 (the avx512_core_bf16 bits of the effective instruction set).
  public static let hasBFloat16: Bool = (dnnl_get_effective_cpu_isa().rawValue & 0xe7) == 0xe7

  /// Libraries of the numerics and their versions, for the record of a run.
  public static var libraries: [String: String] {
    var found: [String: String] = [:]
    if let version = dnnl_version()?.pointee {
      found["oneDNN"] = "\(version.major).\(version.minor).\(version.patch)"
    }
    found["oneDNN instruction set"] = "\(dnnl_get_effective_cpu_isa().rawValue)"
    if let name = openblas_get_corename() { found["OpenBLAS core"] = String(cString: name) }
    return found
  }

  /// Traps on a status other than success: shapes were checked before, so a failure is ours, not the user's.
  static func check(_ status: dnnl_status_t, _ step: @autoclosure () -> String) {
    guard status == dnnl_success else {
      fatalError("oneDNN could not \(step()) (status \(status.rawValue))")
    }
  }
}
