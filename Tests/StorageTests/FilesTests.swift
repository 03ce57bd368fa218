// Digests and files that are complete or absent.

import Evidence
import Foundation
import Storage
import Testing

struct FilesTests {
  @Test("SHA-256 agrees with the standard's vectors")
  func vectors() {
    #expect(Digest256.hex(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      Digest256.hex(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var pieces = Digest256()
    pieces.update("a")
    pieces.update([])
    pieces.update("bc")
    #expect(pieces.hex() == Digest256.hex(of: Array("abc".utf8)))
  }

  @Test("A file longer than a block has the digest of its bytes")
  func fileDigest() throws {
    try withFolder { folder in
      let bytes = (0..<(1 << 20) + 3).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try AtomicFile.write(bytes, to: "\(folder)/long")
      #expect(try Digest256.hex(ofFile: "\(folder)/long") == Digest256.hex(of: bytes))
    }
  }

  @Test("A failed write leaves the old file and nothing else")
  func failedWrite() throws {
    try withFolder { folder in
      try AtomicFile.write([1, 2, 3], to: "\(folder)/file")
      #expect(throws: Fault.self) {
        try AtomicFile.write("\(folder)/file") { temporary in
          try Data([9]).write(to: URL(fileURLWithPath: temporary))
          throw Fault("here", "failed halfway")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
      #expect(try RandomAccessFile(path: "\(folder)/file").prefix(8) == [1, 2, 3])
    }
  }

  @Test("A missing folder is named")
  func missingFolder() {
    let fault = #expect(throws: Fault.self) { try AtomicFile.write([], to: "/nowhere/at/all/file") }
    #expect(fault?.problem == "does not exist")
  }

  @Test("Reading past the end throws")
  func pastTheEnd() throws {
    try withFolder { folder in
      try AtomicFile.write([1, 2, 3], to: "\(folder)/file")
      let file = try RandomAccessFile(path: "\(folder)/file")
      #expect(try file.read(at: 1, count: 2) == [2, 3])
      #expect(throws: Fault.self) { try file.read(at: 1, count: 3) }
      #expect(throws: Fault.self) { try file.read(at: .max, count: 1) }
      #expect(throws: Fault.self) { try file.read(at: -1, count: 1) }
    }
  }
}
