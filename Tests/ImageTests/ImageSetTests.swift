// Image sets in every form, and everything that can be wrong with one.

import Foundation
import Image
import Storage
import Testing

@Suite(.serialized) struct ImageSetTests {
  private let pictures = (0..<23).map { picture(height: 5, width: 4, seed: $0) }

  /// Writes a set of pictures in chunks of four.
  private func writeSet(
    _ path: String, count: Int = 23, with others: (HDF5Writer) throws -> Void = { _ in }
  ) throws {
    let writer = try HDF5Writer(path: path)
    try writer.create("images", shape: [count, 5, 4, 3], type: .uint8, chunkRows: 4, compressed: true)
    try writer.write(rows: 0..<count, of: "images", bytes: pictures.prefix(count).flatMap(\.pixels))
    try others(writer)
    try writer.close()
  }

  /// Expects that an HDF5 file with the given content is refused, in these words.
  private func expectRefusal(_ words: String, of content: (HDF5Writer) throws -> Void) throws {
    try inTemporaryFolder { folder in
      let writer = try HDF5Writer(path: folder + "/set.h5")
      try content(writer)
      try writer.close()
      let text = faultText { _ = try ImageSet.open(folder + "/set.h5") }
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test("An HDF5 set gives its pictures in any order, with captions, ids and labels")
  func hdf5() throws {
    try inTemporaryFolder { folder in
      try writeSet(folder + "/set.h5") { writer in
        try writer.write((0..<23).map { "caption \($0)" }, to: "captions")
        try writer.write((0..<23).map { "id-\($0)" }, to: "ids")
        try writer.write((0..<23).map { Int32($0 % 2) }, to: "labels")
        try writer.write(["cat", "dog"], to: "label_names")
        try writer.write([Float(1)], to: "notes/weights")
      }
      let set = try ImageSet.open(folder + "/set.h5")
      #expect(set.format == "hdf5" && set.name == "set.h5" && set.count == 23)
      #expect(set.uniformSize.map { $0 == (5, 4) } == true)
      #expect(set.ids[7] == "id-7" && set.captions?[8] == "caption 8" && set.labels?[9] == 1)
      #expect(set.extras == ["notes/weights"])
      let rows = [22, 0, 5, 5, 21, 4, 3, 13]
      #expect(try set.pictures(rows) == rows.map { pictures[$0] })
      #expect(try set.pictures([]).isEmpty)
      #expect(faultText { _ = try set.pictures([23]) }.contains("no row 23"))
    }
  }

  @Test("A streamed set reads the texts that a held one has, and numbers rows that have no ids")
  func streamed() throws {
    try inTemporaryFolder { folder in
      for (name, hasTexts) in [("texts.h5", true), ("bare.h5", false)] {
        try writeSet("\(folder)/\(name)") { writer in
          guard hasTexts else { return }
          try writer.write((0..<23).map { "caption \($0)" }, to: "captions")
          try writer.write((0..<23).map { "id-\($0)" }, to: "ids")
        }
        let set = try ImageSet.open("\(folder)/\(name)")
        let stream = try StreamedSet.open("\(folder)/\(name)")
        #expect(stream.count == 23 && stream.name == name && stream.hasCaptions == hasTexts)
        for rows in [0..<23, 4..<9, 22..<23, 7..<7] {
          #expect(try stream.ids(rows) == Array(set.ids[rows]))
          #expect(try stream.captions(rows) == set.captions.map { Array($0[rows]) } ?? [])
        }
        #expect(try stream.pictures([3, 1]) == [pictures[3], pictures[1]])
      }
    }
  }

  @Test("Several threads may read one set")
  func threads() throws {
    try inTemporaryFolder { folder in
      try writeSet(folder + "/set.h5")
      let set = try ImageSet.open(folder + "/set.h5")
      let pictures = self.pictures
      DispatchQueue.concurrentPerform(iterations: 8) { worker in
        for row in 0..<23 {
          #expect((try? set.pictures([(row + worker) % 23]))?.first == pictures[(row + worker) % 23])
        }
      }
    }
  }

  @Test("What does not fit together is named")
  func mismatches() throws {
    let images = [UInt8](repeating: 0, count: 2 * 12)
    func expect(_ words: String, with others: (HDF5Writer) throws -> Void) throws {
      try expectRefusal(words) { writer in
        try writer.write(images, shape: [2, 2, 2, 3], to: "images")
        try others(writer)
      }
    }
    try expect("2 pictures and 1 captions") { try $0.write(["a"], to: "captions") }
    try expect("rows 0 and 1 share the id") { try $0.write(["x", "x"], to: "ids") }
    try expect("holds int32 elements") { try $0.write([Int32(3), 4], to: "ids") }
    try expect("store one text a row") { try $0.write(["a", "b", "c", "d"], shape: [2, 2], to: "captions") }
    try expect("labels without names") { try $0.write([Int32(0), 0], to: "labels") }
    try expect("row 1 has label -1") { writer in
      try writer.write([Int32(0), -1], to: "labels")
      try writer.write(["cat"], to: "label_names")
    }
  }

  @Test("Ids are compared by their bytes, and the first that is there twice is named, however far apart")
  func repeatedIds() throws {
    let count = 10_000
    let images = [UInt8](repeating: 0, count: count * 3)
    var ids = (0..<count).map { "id-\($0)" }
    (ids[0], ids[1]) = ("\u{e9}", "e\u{301}")
    func write(_ ids: [String]) -> (HDF5Writer) throws -> Void {
      { writer in
        try writer.write(images, shape: [count, 1, 1, 3], to: "images")
        try writer.write(ids, to: "ids")
      }
    }
    try inTemporaryFolder { folder in
      let writer = try HDF5Writer(path: folder + "/set.h5")
      try write(ids)(writer)
      try writer.close()
      #expect(try ImageSet.open(folder + "/set.h5").ids == ids)
    }
    (ids[9_000], ids[9_900]) = (ids[17], ids[3])
    try expectRefusal("rows 17 and 9000 share the id \"id-17\"", of: write(ids))
  }

  @Test("Pictures of another type or shape, or none at all, are refused")
  func wrongImages() throws {
    try expectRefusal("not uint8 [N, H, W, 3]") {
      try $0.write([Float](repeating: 0, count: 12), shape: [1, 2, 2, 3], to: "images")
    }
    try expectRefusal("not uint8 [N, H, W, 3]") {
      try $0.write([UInt8](repeating: 0, count: 12), shape: [1, 3, 2, 2], to: "images")
    }
    try expectRefusal("no pictures") { try $0.write([UInt8](), shape: [0, 2, 2, 3], to: "images") }
    try expectRefusal("neither /images nor /files") { try $0.write(["a"], to: "captions") }
  }

  @Test(
    "An HDF5 set cannot name files outside its folder",
    arguments: ["../x.png", "/etc/hostname", "a/../../b", ""])
  func escape(file: String) throws {
    try expectRefusal("outside its folder") { try $0.write([file], to: "files") }
  }

  @Test("An HDF5 set may name files beside it")
  func files() throws {
    try inTemporaryFolder { folder in
      for row in 0..<3 { try write(pictures[row].png(), to: "\(folder)/pictures/\(row).png") }
      let writer = try HDF5Writer(path: folder + "/set.h5")
      try writer.write((0..<3).map { "pictures/\($0).png" }, to: "files")
      try writer.close()
      let set = try ImageSet.open(folder + "/set.h5")
      #expect(try set.pictures([2, 0]) == [pictures[2], pictures[0]])
      #expect(set.uniformSize.map { $0 == (5, 4) } == true)
    }
  }

  @Test("A CSV file is read as pandas reads it", arguments: ["\t", ","])
  func csv(separator: String) throws {
    try inTemporaryFolder { folder in
      for row in 0..<4 { try write(pictures[row].png(), to: "\(folder)/\(row).png") }
      let lines = [
        ["filepath", separator == "," ? "caption" : "title", "label", "score"],
        ["0.png", "\"a \"\"quoted\"\" \(separator) cat\"", "cat", "1"],
        ["1.png", "a dog's \"bone\"", "dog", "2"], [],
        ["2.png", "NA", "cat", "3"], [folder + "/3.png", "\"two\nlines\"", "bird", "4"],
      ]
      let text = lines.map { $0.joined(separator: separator) }.joined(separator: "\r\n")
      try write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: folder + "/pairs.csv")
      let set = try ImageSet.open(folder + "/pairs.csv")
      #expect(set.format == "csv" && set.count == 4)
      // What is under custody: the table, and every picture that it names.
      #expect(set.files.contains(folder + "/pairs.csv") && set.files.count > 1)
      #expect(set.captions == ["a \"quoted\" \(separator) cat", "a dog's \"bone\"", "nan", "two\nlines"])
      #expect(set.labelNames == ["bird", "cat", "dog"] && set.labels == [1, 2, 1, 0])
      #expect(set.ids == ["0.png", "1.png", "2.png", folder + "/3.png"] && set.extras == ["score"])
      #expect(set.anomalies.count == 1)
      #expect(try set.pictures([3, 1]) == [pictures[3], pictures[1]])
    }
  }

  @Test("A missing or damaged picture is named with its row")
  func damagedPictures() throws {
    try inTemporaryFolder { folder in
      try write(pictures[0].png(), to: folder + "/0.png")
      try write(Array("filepath\ttitle\n0.png\ta\nnone.png\tb\n".utf8), to: folder + "/pairs.csv")
      let missing = faultText { _ = try ImageSet.open(folder + "/pairs.csv") }
      #expect(missing.contains("none.png") && missing.contains("row 1"))
      var damaged = try pictures[1].png()
      damaged[60] ^= 0xFF
      try write(damaged, to: folder + "/none.png")
      let set = try ImageSet.open(folder + "/pairs.csv")
      let text = faultText { _ = try set.pictures([0, 1]) }
      #expect(text.contains("none.png") && text.contains("row 1 of pairs.csv"))
      try write(Array("filepath,title\n0.png,a,b\n".utf8), to: folder + "/wide.csv")
      #expect(faultText { _ = try ImageSet.open(folder + "/wide.csv") }.contains("3 fields"))
    }
  }

  @Test("A folder for each label is a labelled set in sorted order")
  func folders() throws {
    try inTemporaryFolder { folder in
      try write(pictures[0].png(), to: folder + "/set/dog/b.png")
      try write(pictures[1].png(), to: folder + "/set/dog/a.bin")
      try write(picture(height: 8, width: 8).png(), to: folder + "/set/cat/deep/c.png")
      try write(Array("notes".utf8), to: folder + "/set/cat/readme.txt")
      try write(pictures[2].png(), to: folder + "/set/loose.png")
      let set = try ImageSet.open(folder + "/set")
      #expect(set.ids == ["cat/deep/c.png", "dog/a.bin", "dog/b.png"])
      #expect(set.labelNames == ["cat", "dog"] && set.labels == [0, 1, 1])
      #expect(set.uniformSize == nil && set.captions == nil && set.anomalies.count == 2)
      #expect(try set.pictures([1, 2]) == [pictures[1], pictures[0]])
      #expect(set.files.count == 3)
    }
  }

  @Test("What is no set is named as such")
  func noSet() throws {
    try inTemporaryFolder { folder in
      try write(Array("hello\nworld\n".utf8), to: folder + "/notes.csv")
      #expect(faultText { _ = try ImageSet.open(folder + "/notes.csv") }.contains("it is not an image set"))
      #expect(faultText { _ = try ImageSet.open(folder + "/absent.h5") }.contains("absent.h5"))
      #expect(faultText { _ = try ImageSet.open(folder) }.contains("no pictures"))
    }
  }
}
