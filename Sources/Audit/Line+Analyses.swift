// The stages that look at the suspects from the side: what repeats, how adversarial examples move, where suspects lie.

import CLIP
import Detect
import Evidence
import Image
import Localize
import Tensors

extension Line {
  // MARK: captions

  func captions(_ survey: Survey, _ oracle: Oracle?) throws -> CaptionFinding? {
    guard let suspects = intake.suspects else {
      skip(.captions, "no --images were given")
      return nil
    }
    let finding = try attempt(.captions) {
      try Captions.run(
        survey, captions: suspects.captions, pictures: suspects, oracle: oracle?.opinion
      ) { try progress.step(.captions, "images compared", done: $0, total: $1) }
    }
    guard let finding else { return nil }
    ran(
      .captions,
      over: suspects.captions == nil
        ? "\(finding.pairs) images, which have labels alone"
        : "\(finding.pairs) pairs, \(finding.distinctCaptions) different captions")
    return finding
  }
}
