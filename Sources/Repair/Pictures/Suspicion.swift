// The pictures that a repaired model must see through. What the attacker did is known from three sources, each with its
// own gaps: the recovered trigger, the named rows themselves, and what attackers do in general. A recovered trigger
// teaches alone; the other two stand in where there is none, and beside a doubtful one.

import Image
import Tensors

/// Makes triggered twins of clean pictures.
struct Suspicion: Sendable {
  private let task: RepairTask
  /// Shares of twins with the recovered trigger, with something of a named row, and with a random trigger.
  private let shares: (recovered: Float, fromRows: Float)

  /// - Parameters:
  ///   - fromRows: share of twins with something of a named row.
  ///   - random: share of twins with a trigger of any family.
  init(_ task: RepairTask, fromRows: Float, random: Float) {
    self.task = task
    let usable = task.triggered.isEmpty ? 0 : fromRows
    // Without a recovered trigger the other two sources take its share, as they stand to each other.
    let rest = max(1e-6, usable + random)
    shares = task.triggers.isEmpty ? (0, usable / rest) : (max(0, 1 - usable - random), usable)
  }

  /// The picture with a trigger.
  func twin(of picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let draw = Float.random(in: 0..<1, using: &random)
    if draw < shares.recovered {
      let triggers = task.triggers
      // The draw of a single trigger costs no number, so that a run with one is what it was.
      let trigger = triggers[triggers.count == 1 ? 0 : random.below(triggers.count)]
      return trigger.applied(to: picture, &random, isDistorted: true)
    }
    if draw < shares.recovered + shares.fromRows {
      let row = task.triggered[random.below(task.triggered.count)].picture
      guard row.height == picture.height, row.width == picture.width else {
        return RandomTrigger.draw(picture, &random)
      }
      return random.below(2) == 0 ? cut(row, on: picture, &random) : residual(row, on: picture, &random)
    }
    return RandomTrigger.draw(picture, &random)
  }

  /// A window of a named row, a fifth to two fifths of the side: where the trigger is a patch, it comes along now and
  /// then; an honest piece of picture of that size changes no label.
  private func cut(_ row: PixelImage, on picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let side = min(picture.height, picture.width)
    let (height, width) = (
      max(2, side / 5 + random.below(side / 5 + 1)), max(2, side / 5 + random.below(side / 5 + 1))
    )
    let (fromY, fromX) = (random.below(row.height - height + 1), random.below(row.width - width + 1))
    let (toY, toX) = (random.below(picture.height - height + 1), random.below(picture.width - width + 1))
    var result = picture
    for y in 0..<height {
      let (from, to) = (row.offset(fromY + y, fromX), result.offset(toY + y, toX))
      result.pixels.replaceSubrange(to..<to + width * 3, with: row.pixels[from..<from + width * 3])
    }
    return result
  }

  /// What a named row has beyond its blurred self, added: a pattern over the whole image comes along, the object as
  /// faint outlines.
  private func residual(_ row: PixelImage, on picture: PixelImage, _ random: inout SplitMix64) -> PixelImage {
    let reach = 1 + random.below(2)
    let strength = Float.random(in: 0.6..<1.2, using: &random)
    let (height, width) = (row.height, row.width)
    var result = picture
    for y in 0..<height {
      for x in 0..<width {
        let at = row.offset(y, x)
        for channel in 0..<3 {
          var (sum, count): (Float, Float) = (0, 0)
          for v in max(0, y - reach)...min(height - 1, y + reach) {
            for u in max(0, x - reach)...min(width - 1, x + reach) {
              sum += Float(row.pixels[row.offset(v, u) + channel])
              count += 1
            }
          }
          let beyond = Float(row.pixels[at + channel]) - sum / count
          let value = Float(picture.pixels[at + channel]) + strength * beyond
          result.pixels[at + channel] = UInt8(min(255, max(0, value.rounded())))
        }
      }
    }
    return result
  }
}
