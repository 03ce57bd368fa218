// Files by another writer (h5py): honest ones are read exactly, misleading ones refused or reported. Each file is
// made by Fixtures/hostile/make.py.

import Evidence
import Foundation
import Storage
import Testing

@Suite(.serialized) struct HostileHDF5Tests {
  private func fault(_ name: String) -> String? {
    do {
      _ = try HDF5Reader(path: Fixture.path("hostile/\(name).h5"))
      return nil
    } catch { return (error as? Fault)?.description }
  }

  @Test(
    "A file that would open another file, run a foreign filter or claim what it does not hold is refused",
    arguments: [
      ("external-storage", "keeps its data in another file"), ("virtual", "virtual dataset"),
      ("shape-bomb", "claims 4398046511104 bytes"), ("uncountable", "more elements than can be counted"),
      ("foreign-filter", "filter 32000"),
    ])
  func refused(name: String, reason: String) throws {
    let message = try #require(fault(name))
    #expect(message.contains(reason))
  }

  @Test("Links are reported and never followed")
  func links() throws {
    let external = try HDF5Reader(path: Fixture.path("hostile/external-link.h5"))
    #expect(external.datasets.map(\.path) == ["honest"])
    #expect(external.anomalies.contains("The external link elsewhere was not followed."))
    let soft = try HDF5Reader(path: Fixture.path("hostile/soft-link.h5"))
    #expect(soft.datasets.map(\.path) == ["honest"])
    #expect(soft.anomalies.contains("The soft link alias was not followed."))
    let cycle = try HDF5Reader(path: Fixture.path("hostile/cycle.h5"))
    #expect(cycle.datasets.map(\.path) == ["group/values"])
    #expect(cycle.anomalies.contains("The group group/again contains itself; it was not entered again."))
  }

  @Test("A block of bytes before the content is reported, and the content read")
  func userBlock() throws {
    let reader = try HDF5Reader(path: Fixture.path("hostile/user-block.h5"))
    #expect(try reader.floats("honest") == [0, 1, 2])
    #expect(reader.anomalies.contains("512 bytes stand before the HDF5 content (a user block)."))
  }

  @Test("Every kind of dataset that h5py writes is read exactly or named as unreadable")
  func kinds() throws {
    let reader = try HDF5Reader(path: Fixture.path("hostile/kinds.h5"))
    #expect(try reader.floats("f2") == [1, -2.5, 65504, Float(Float16(6e-8))])
    #expect(try reader.floats("f4", rows: 1..<2) == (12..<24).map { Float($0) })
    #expect(try reader.doubles("f8") == [1 / 3, -1e-300])
    #expect(try reader.floats("bf16") == [1, -2.5, 3.140625])
    #expect(reader.dataset("bf16")?.type == .bfloat16)
    #expect(reader.dataset("big")?.isBigEndian == true)
    #expect(try reader.floats("big") == [1.5, -2])
    #expect(try reader.integers("big-i4") == [1, -2, 70000])
    #expect(try reader.integers("i1") == [-128, 0, 127])
    #expect(try reader.integers("u4") == [0, 0, Int(UInt32.max)])
    #expect(try reader.integers("i8") == [.min, 0, .max])
    #expect(try reader.bytes("bool") == [1, 0, 1])
    #expect(try reader.floats("scalar") == [2.5])
    #expect(reader.dataset("empty")?.shape == [0, 4])
    #expect(try reader.floats("null").isEmpty)
    #expect(try reader.integers("gzip", rows: 41..<43) == Array(410..<430))
    #expect(try reader.strings("text", rows: 1..<4) == ["zwölf", "", "猫"])
    #expect(try reader.strings("fixed") == ["ab", "abcd", ""])
    #expect(reader.dataset("compound")?.type == .unsupported("compound"))
    #expect(throws: Fault.self) { try reader.floats("compound") }
    #expect(reader.attributes(of: "")["name"] == .string("zwölf"))
    #expect(reader.attributes(of: "")["fixed"] == .string("ab"))
    #expect(reader.attributes(of: "")["count"] == .integer(7))
    #expect(reader.attributes(of: "")["share"] == .number(0.25))
    #expect(reader.attributes(of: "")["yes"] == .integer(1))
    #expect(reader.attributes(of: "")["many"] == .other("more than one value"))
    #expect(reader.attributes(of: "f4") == ["unit": .string("pixel")])

    #expect(try reader.strings("broken") == ["\u{FFFD}\u{FFFD}ok"])
    #expect(reader.anomalies.contains { $0.contains("broken holds text that is not UTF-8") })
    #expect(reader.anomalies.contains { $0.contains("2 datasets are big-endian") })
  }

  @Test("A file cut at any length is refused, never a trap")
  func truncated() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("hostile/kinds.h5")))
    try withFolder { folder in
      let path = "\(folder)/cut.h5"
      for length in stride(from: 0, to: whole.count, by: 997) {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: Fault.self) { try HDF5Reader(path: path) }
      }
    }
  }

  @Test(
    "Every wrong input has its own sentence",
    arguments: [
      ("", "is empty"), ("hello, this is text", "is not an HDF5 file"),
      ("version https://git-lfs.github.com/spec/v1\noid", "is a Git-LFS pointer, not the file itself"),
    ])
  func sentences(content: String, problem: String) throws {
    try withFolder { folder in
      let path = "\(folder)/wrong.h5"
      try AtomicFile.write(Array(content.utf8), to: path)
      let fault = #expect(throws: Fault.self) { try HDF5Reader(path: path) }
      #expect(fault?.problem == problem)
    }
  }

  @Test("A missing file and a folder are told apart")
  func missing() throws {
    try withFolder { folder in
      let missing = #expect(throws: Fault.self) { try HDF5Reader(path: "\(folder)/missing.h5") }
      #expect(missing?.problem == "does not exist")
      let directory = #expect(throws: Fault.self) { try HDF5Reader(path: folder) }
      #expect(directory?.problem == "is a folder")
    }
  }

  @Test("A superblock of a later version is called newer, not damaged")
  func newerSuperblock() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("hostile/soft-link.h5")))
    bytes[8] = 9
    try withFolder { folder in
      let path = "\(folder)/newer.h5"
      try bytes.write(to: URL(fileURLWithPath: path))
      let fault = #expect(throws: Fault.self) { try HDF5Reader(path: path) }
      #expect(fault?.problem == "was written by a newer HDF5 (superblock version 9)")
    }
  }

  @Test("Content of a later file format is called newer, not damaged")
  func newerContent() throws {
    let fault = #expect(throws: Fault.self) { try HDF5Reader(path: Fixture.path("hostile/newer.h5")) }
    #expect(fault?.problem.contains("written by a newer HDF5") == true)
    #expect(fault?.remedy.contains("h5repack") == true)
  }
}
