// Where a suspect carries the trigger, once the numbers of the findings are found to make sense.

import Evidence

/// A box inside a picture, in stored pixels.
struct SuspectBox: Equatable {
  let y, x, height, width: Int

  /// A box [y, x, height, width] that has an area and lies inside a picture; nil for anything else.
  init?(_ box: [Int]?, inHeight rows: Int, width columns: Int) {
    guard let box, box.count == 4, box.allSatisfy({ (0...65_536).contains($0) }), box[2] > 0, box[3] > 0,
      box[0] + box[2] <= rows, box[1] + box[3] <= columns
    else { return nil }
    (y, x, height, width) = (box[0], box[1], box[2], box[3])
  }
}
