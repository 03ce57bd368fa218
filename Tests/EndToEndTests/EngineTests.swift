// What a user may rely on of the engine, through the binary: the same embeddings on every processor, within the memory
// that was allowed.

import Foundation
import Storage
import Testing

@Suite("Embeddings through the binary")
struct EngineEndToEndTests {
  /// A few pictures and captions: without vector instructions every one of them takes a while.
  private func set(_ folder: Folder) throws -> String {
    let (count, side) = (5, 48)
    let pixels = (0..<(count * side * side * 3)).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
    let writer = try HDF5Writer(path: folder.file("set.h5"))
    try writer.write(pixels, shape: [count, side, side, 3], to: "images")
    try writer.write((0..<count).map { "a photo of \($0) boats" }, shape: [count], to: "captions")
    try writer.close()
    return folder.file("set.h5")
  }

  private func embeddings(
    _ folder: Folder, _ name: String, of set: String, environment: [String: String] = [:]
  ) throws
    -> [Float]
  {
    let out = folder.file(name + ".h5")
    let outcome = try assay(
      [
        "embed", Built.demo + "/model.h5", "--images", set, "--out", out, "--threads",
        "2",
        "--precision", "f32",
      ], environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let reader = try HDF5Reader(path: out)
    return try reader.floats("image_embeddings") + reader.floats("text_embeddings")
  }

  @Test("With the instruction set limited: equal bits with AVX2, and equal to rounding without it")
  func instructionSets() throws {
    let folder = try Built.folder()
    let set = try set(folder)
    let native = try embeddings(folder, "native", of: set)
    let portable = try embeddings(folder, "portable", of: set, environment: ["ASSAY_KERNELS": "portable"])
    #expect(zip(native, portable).allSatisfy { abs($0 - $1) < 1e-5 })
    #if arch(x86_64)
      // One of the two is what this machine uses; on one with AVX-512 the other is a different set of kernels.
      let avx2 = try embeddings(folder, "avx2", of: set, environment: ["ASSAY_KERNELS": "avx2"])
      let largest = zip(native, avx2).map { abs($0 - $1) }.max()
      #expect(largest == 0)
    #endif
  }

  @Test("Less memory gives the same dump, and too little is refused in one sentence")
  func memory() throws {
    let folder = try Built.folder()
    func embed(_ name: String, _ memory: String) throws -> Outcome {
      try assay([
        "embed", Built.demo + "/model.h5", "--images", Built.demo + "/test.h5", "--out", folder.file(name),
        "--memory", memory,
      ])
    }
    #expect(try embed("large.h5", "4G").status == 0)
    #expect(try embed("small.h5", "160M").status == 0)
    let (large, small) = (
      try Data(contentsOf: URL(fileURLWithPath: folder.file("large.h5"))),
      try Data(contentsOf: URL(fileURLWithPath: folder.file("small.h5")))
    )
    #expect(large == small)
    let refused = try embed("none.h5", "16M")
    #expect(refused.status == 2 && refused.isOneSentence)
    #expect(!FileManager.default.fileExists(atPath: folder.file("none.h5")))
  }
}
