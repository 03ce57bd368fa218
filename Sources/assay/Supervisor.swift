// Model files are the attacker's, and the C libraries that read them can crash. So every command runs in a worker: a
// child process without network that may write below its own output alone (design section 6). The supervisor starts
// it, passes signals on, and turns a crash into a sentence.

import CAssay
import Evidence
import Foundation

/// A command that says where it writes.
protocol Confined {
  /// Files or folders that it creates or changes; everything else is read-only for it.
  var outputs: [String] { get }
}

/// What walls this process stands behind, for the run record.
enum Confinement {
  /// Written once at the start.
  nonisolated(unsafe) static var words = "none"
}

enum Supervisor {
  private static let mark = "ASSAY_WORKER"

  /// The child, for the signal handler; written once, before any signal is passed on.
  nonisolated(unsafe) private static var child: pid_t = 0
  /// A signal that came before there was a child.
  nonisolated(unsafe) private static var early: Int32 = 0

  /// Whether this process is the worker.
  static var isWorker: Bool { ProcessInfo.processInfo.environment[mark] == "1" }

  /// Starts this program again as a worker, with the same arguments, and ends as it ends.
  static func run() -> Never {
    var environment = ProcessInfo.processInfo.environment
    environment[mark] = "1"
    // The walls must stand before a second thread does, and libhdf5 must neither load plug-ins nor choose drivers.
    environment["OPENBLAS_NUM_THREADS"] = "1"
    environment["HDF5_PLUGIN_PRELOAD"] = "::"
    environment["HDF5_USE_FILE_LOCKING"] = "FALSE"
    environment["SWIFT_BACKTRACE"] = "enable=no"  // a crash is told in one sentence
    for name in ["HDF5_PLUGIN_PATH", "HDF5_DRIVER"] { environment[name] = nil }
    // A parent may have left signals blocked; Ctrl-C must come through all the same.
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    // The handlers stand before there is a worker; what comes in between reaches it once it is there.
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        if Supervisor.child > 0 { _ = kill(Supervisor.child, number) } else { Supervisor.early = number }
      }
    }
    child = spawn("/proc/self/exe", CommandLine.arguments, environment)
    if early != 0 { _ = kill(child, early) }
    Main.leave(wait())
  }

  private static func spawn(_ path: String, _ arguments: [String], _ environment: [String: String]) -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A process group of its own: Ctrl-C reaches the worker once, through the supervisor.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, path, nil, &attributes, &argv, &envp) == 0 else {
      Main.fail("assay: the worker process could not be started; free some memory or processes.", 2)
    }
    return pid
  }

  private static func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { return 2 }
    }
    let ending = status & 0x7f
    guard ending != 0 else { return (status >> 8) & 0xff }
    guard ending != SIGKILL else {
      Main.fail(
        "assay: the worker was killed, as by a lack of memory; free memory or give smaller inputs.", 2)
    }
    guard ending != SIGINT, ending != SIGTERM, ending != SIGHUP else {
      Main.fail("assay: the call: it was stopped; run the same command again to resume.", 3)
    }
    Main.fail(
      "assay: the worker that reads the inputs crashed (signal \(ending)); an input is damaged or hostile, do not trust it.",
      2)
  }

  /// Puts up the worker's walls.
  ///
  /// Before any other thread exists.
  ///
  /// - Returns: what stands, in words for the run record.
  static func confine(_ command: Any) -> String {
    guard let confined = command as? any Confined else { return "none: the command reads no foreign file" }
    let folders = confined.outputs.map(existingFolder)
    var pointers = folders.map { UnsafePointer(strdup($0)) }
    defer { pointers.forEach { free(UnsafeMutablePointer(mutating: $0)) } }
    let entered = assay_sandbox_enter(&pointers, pointers.count)
    let files = entered & Int32(ASSAY_SANDBOX_FILES) != 0
    let network = entered & Int32(ASSAY_SANDBOX_NETWORK) != 0
    return
      "\(files ? "writes confined to the output" : "writes not confined: the kernel has no Landlock"), \(network ? "no network" : "network not refused: the kernel has no seccomp")"
  }

  /// The folder that an output is created in, or the nearest one above it that exists.
  private static func existingFolder(_ path: String) -> String {
    var url = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
    while url.path != "/", !FileManager.default.fileExists(atPath: url.path) { url.deleteLastPathComponent() }
    return url.path
  }
}
