// images COUNT [OUT]: embeds pictures that are in memory as 8-bit RGB.

import ArgumentParser
import CLIP
import Tensors

enum ImagesCommand: ServedCommand {
  static let name = "images"
  static let usage = "images COUNT [OUT]             embed pictures; write unit rows as raw f32"

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    guard let count = words.first.flatMap({ Int($0) }) else { throw ValidationError(usage) }
    let pictures = try bench.pictures(count)
    let model = try bench.model().model
    let (rows, time) = try Stopwatch.time { try model.embed(pictures) }
    try RawFile.write(rows.values, to: words.dropFirst().first)
    return Answer(time)
  }
}
