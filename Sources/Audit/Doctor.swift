// What the machine offers and what it lacks: the command `doctor`. A check is one function and one line in the list.

import Foundation
import Repair
import Report
import Storage
import Tensors

/// A look at the machine.
public enum Doctor {
  /// One line of what was found.
  public struct Finding: Codable, Sendable {
    /// How much hangs on it.
    public enum State: String, Codable, Sendable {
      /// As it should be.
      case good
      /// Assay works without it, with less.
      case advised
      /// Assay cannot do its work without it.
      case missing
    }

    /// Under which heading it stands.
    public var area: String
    /// What was looked at.
    public var name: String
    /// What was found.
    public var value: String
    /// Whether that is enough.
    public var state: State
    /// What to do, most often a command.
    public var remedy: String?

    /// A finding.
    public init(
      _ area: String, _ name: String, _ value: String, _ state: State = .good, do remedy: String? = nil
    ) {
      (self.area, self.name, self.value, self.state, self.remedy) = (area, name, value, state, remedy)
    }
  }

  /// Looks at everything but the walls around this process, which the caller has put up.
  ///
  /// - Parameter libraries: versions of libraries that only the caller can ask.
  public static func examine(libraries: [String: String]) -> [Finding] {
    let checks: [() -> [Finding]] = [processor, memory, disk, { versions(libraries) }, faces, words]
    return checks.flatMap { $0() }
  }

  private static func processor() -> [Finding] {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let isFast = Backend.instructionSet != "portable"
    return [
      Finding("Processor", "cores", "\(cores)"),
      Finding(
        "Processor", "vectors", Backend.instructionSet, isFast ? .good : .advised,
        do: isFast ? nil : "use a processor with AVX2: this one is several times slower"),
      Finding(
        "Processor", "bfloat16",
        Backend.hasBFloat16 ? "multiplied by the processor" : "none; single precision is used"),
    ]
  }

  /// Bytes that could be had without swapping, within the bound of the control group.
  private static func memory() -> [Finding] {
    let lines = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let free = lines.first { $0.hasPrefix("MemAvailable:") }?.split(separator: " ").dropFirst().first
    let bound = (try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8))
      .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    guard var bytes = free.flatMap({ Int($0) }).map({ $0 << 10 }) else {
      return [Finding("Room", "free memory", "not known", .advised, do: "see that 4 GiB are free")]
    }
    if let bound { bytes = min(bytes, bound) }
    return [
      room("free memory", bytes, needed: 1 << 30, wished: 4 << 30, do: "close programs, or give --memory 1G")
    ]
  }

  private static func disk() -> [Finding] {
    var status = statvfs()
    guard statvfs(".", &status) == 0 else {
      return [Finding("Room", "free disk here", "not known", .advised, do: "see that 2 GiB are free")]
    }
    let bytes = Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    return [
      room(
        "free disk here", bytes, needed: 1 << 28, wished: 2 << 30, do: "make room, or give --out another disk"
      )
    ]
  }

  private static func room(_ name: String, _ bytes: Int, needed: Int, wished: Int, do remedy: String)
    -> Finding
  {
    let value = String(format: "%.1f GiB", Double(bytes) / Double(1 << 30))
    let state: Finding.State = bytes < needed ? .missing : bytes < wished ? .advised : .good
    return Finding("Room", name, value, state, do: state == .good ? nil : remedy)
  }

  private static func versions(_ more: [String: String]) -> [Finding] {
    var found = StorageLibraries.versions
    found["OpenSSL"] = StorageLibraries.crypto
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": the version, then how it was built.
    let words = Backend.openBLAS.split(separator: " ")
    found["OpenBLAS"] = words.dropFirst().first.map(String.init) ?? Backend.openBLAS
    for (name, version) in ReportLibraries.versions.merging(more, uniquingKeysWith: { first, _ in first }) {
      found[name] = version
    }
    return found.sorted { $0.key.lowercased() < $1.key.lowercased() }.map {
      Finding("Libraries", $0.key, $0.value)
    }
  }

  private static func faces() -> [Finding] {
    ReportLibraries.faces.map { face in
      Finding(
        "Report", "font \(face.family)", face.isInstalled ? "installed" : "missing",
        face.isInstalled ? .good : .missing, do: face.isInstalled ? nil : "apt-get install \(face.package)")
    }
  }

  private static func words() -> [Finding] {
    let there = FileManager.default.fileExists(atPath: WordStores.folder + "/index.noun")
    return [
      Finding(
        "Repair", "WordNet", there ? "installed" : "missing; the strategy cleaner-clip needs it",
        there ? .good : .advised, do: there ? nil : "apt-get install wordnet-base")
    ]
  }
}
