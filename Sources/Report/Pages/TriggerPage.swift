// The trigger and the causal test: its exact pixels, the arms of the transplant, examples, and the label it forces.

import Evidence
import Image

enum TriggerPage: ReportPage {
  static let title = "Trigger and transplant"
  static let name = "trigger"

  static func draw(_ dossier: Dossier, on flow: Flow) {
    let findings = dossier.findings
    if let trigger = findings.trigger {
      flow.paragraph(
        "The trigger is a " + description(trigger, dossier)
          + " \(Numbers.count(trigger.supportingRows)) rows agree on it." + placement(dossier), .observed)
    } else {
      flow.paragraph(Absence.words(of: .localize, dossier, "No trigger was found"))
    }
    if let picture = dossier.exhibits.trigger {
      for kind in TriggerFigures.all {
        if let figure = kind.init(picture, dossier) { flow.figure(figure) }
      }
      if !picture.isWhole { colors(picture.image, on: flow) }
    }
    if let transplant = findings.transplant {
      draw(transplant, target: findings.target?.label ?? "the target", on: flow)
    } else if findings.trigger != nil {
      flow.paragraph("It was not put on held-out images, so that nothing is known of its effect.")
    }
    let hosts = Array(dossier.exhibits.hosts.prefix(HostPairs.shown))
    if !hosts.isEmpty { flow.figure(HostPairs(hosts: hosts, total: dossier.exhibits.hosts.count)) }
    if findings.targets.isEmpty {
      flow.paragraph("No label was ranked as a target.")
    } else {
      flow.figure(TargetRanking(targets: findings.targets, target: findings.target?.label))
    }
  }

  /// What it is and how large: pixels of a patch, the strength of what changes the whole image.
  private static func description(_ trigger: Trigger, _ dossier: Dossier) -> Prose {
    let images: Prose =
      "images of \(size(trigger.imageSize))"
      + (trigger.inModelView == true
        ? " as the model sees them, scaled and cropped: boxes and pixels are of these" : "")
    guard let strength = dossier.exhibits.trigger?.strength else {
      return "\(dossier.triggerWords) of \(Numbers.count(trigger.pixels)) pixels in " + images + "."
    }
    return "\(dossier.triggerWords), in " + images + "; " + strength + "."
  }

  private static func placement(_ dossier: Dossier) -> Prose {
    dossier.placementWords.map { " It sits " + $0 + "." } ?? ""
  }

  private static func size(_ sides: [Int]) -> Prose {
    sides.count == 2 ? "\(sides[0]) × \(sides[1]) pixels" : "unstated size"
  }

  private static func draw(_ transplant: Transplant, target: String, on flow: Flow) {
    let gates = transplant.controls.filter(\.gates)
    let cleared = gates.filter { Share($0).hi < Share(transplant).lo }.count
    flow.paragraph(
      """
      The trigger's lower bound lies above the upper bound of \(cleared) of \(gates.count) controls that it has to clear: \
      what a natural feature of such images would also do. Arms that show breadth are not required; a model that \
      learned a family of noise falls for them too.
      """, .inferred)
    flow.figure(TransplantDots(transplant: transplant, target: target))
  }

  /// The distinct colours of a trigger, when there are few enough to list.
  private static func colors(_ image: PixelImage, on flow: Flow) {
    var counts: [UInt32: Int] = [:]
    for at in stride(from: 0, to: image.pixels.count, by: 3) {
      let key =
        UInt32(image.pixels[at]) << 16 | UInt32(image.pixels[at + 1]) << 8 | UInt32(image.pixels[at + 2])
      counts[key, default: 0] += 1
      if counts.count > 24 { return }
    }
    let listed = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
    let parts = listed.map { color, count in
      let digits = String(color, radix: 16, uppercase: true)
      let hex = "#" + String(repeating: "0", count: 6 - digits.count) + digits
      return Prose("\(mono: hex) × \(count)")
    }
    flow.paragraph(
      "Its \(listed.count) colours, with their pixels: " + Prose.joined(parts, ", ") + ".", .observed)
  }
}
