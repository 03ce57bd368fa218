// The same case gives the same bytes, wherever and whenever it is drawn (report.md E5, test 8).

import Foundation
import Image
import Storage
import Synchronization
import Testing

@testable import Report

@Suite(.serialized) struct DeterminismTests {
  @Test("Two renders in one process give the same bytes")
  func again() throws {
    let made = SyntheticCase.demonstrated()
    let (first, second) = (try made.pdf(), try made.pdf())
    #expect(first == second)
  }

  @Test("Reports drawn side by side give the bytes that each gives alone")
  func aside() throws {
    let alone = [try SyntheticCase.hostile.pdf(), try SyntheticCase.demonstrated().pdf()]
    let drawn = Mutex<[Int: [UInt8]]>([:])
    DispatchQueue.concurrentPerform(iterations: 8) { index in
      let made = index % 2 == 0 ? SyntheticCase.hostile : SyntheticCase.demonstrated()
      let pdf = try? made.pdf()
      drawn.withLock { $0[index] = pdf }
    }
    for (index, pdf) in drawn.withLock(\.self) { #expect(pdf == alone[index % 2]) }
    #expect(drawn.withLock(\.count) == 8)
  }

  @Test("Another process, time zone, language and working folder give the same bytes")
  func elsewhere() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let here = try SyntheticCase.hostile.pdf()
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      setenv("TZ", "Pacific/Kiritimati", 1)
      setenv("LANG", "ja_JP.UTF-8", 1)
      setenv("LANGUAGE", "ar", 1)
      setenv("SOURCE_DATE_EPOCH", "1", 1)
      tzset()
      guard FileManager.default.changeCurrentDirectoryPath(folder) else { exit(2) }
      try Data(try SyntheticCase.hostile.pdf()).write(to: URL(fileURLWithPath: folder + "/there.pdf"))
    }
    let there = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/there.pdf")))
    #expect(Digest256.hex(of: there) == Digest256.hex(of: here))
  }

  @Test("Another picture gives other bytes: the comparison can fail")
  func difference() throws {
    var made = SyntheticCase.demonstrated()
    let before = try made.pdf()
    made.exhibits.suspects[3].image.pixels[0] ^= 1
    #expect(try made.pdf() != before)
  }
}
