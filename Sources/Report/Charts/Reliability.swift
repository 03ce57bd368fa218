// Whether the model's confidence can be believed: accuracy against confidence in bins of equal count, with the confidences
// that occurred below (report.md F6). A dot under the diagonal is surer than right.

import Evidence

/// Accuracy against confidence.
struct Reliability: Chart {
  let calibration: Calibration

  private static let side = 150.0
  private static let histogramHeight = 24.0

  private var overstated: Int { calibration.bins.count { $0.right.hi < $0.confidence } }
  private var understated: Int { calibration.bins.count { $0.right.lo > $0.confidence } }

  var title: Prose {
    let off = "off by \(Numbers.real(100 * calibration.error, decimals: 1)) points on average" as Prose
    return switch (overstated, understated) {
    case (0, 0): "The model's confidence holds: no bin differs beyond chance, \(off)"
    case (_, 0): "The model is surer than it is right, \(off)"
    case (0, _): "The model is right more often than it is sure, \(off)"
    default: "The model's confidence does not hold, \(off)"
    }
  }

  var alternative: Prose {
    let told = calibration.bins.map { bin -> Prose in
      "\(Numbers.real(bin.confidence, decimals: 2)): \(Numbers.of(Share(bin.right)))"
    }
    return "Dot plot of accuracy against confidence. \(title). " + Prose.joined(told, ", ") + "."
  }

  var caption: Prose {
    """
    Held-out images in \(calibration.bins.count) bins of equal count by the probability of the model's answer; dots: rightly \
    named, with Wilson 95 % intervals. Dashed: as right as sure. Below: images by confidence.
    """
  }

  func height(at width: Double) -> Double { Reliability.side + Reliability.histogramHeight + 46 }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = Rect(x: frame.x + 34, y: frame.y + 14, width: Reliability.side, height: Reliability.side)
    func at(_ confidence: Double, _ share: Double) -> Point {
      Point(x: plate.x + plate.width * confidence, y: plate.maxY - plate.height * share)
    }
    canvas.line("named rightly, of 100", .axis, at: Point(x: frame.x, y: frame.y))
    for share in [0.0, 0.5, 1] {
      canvas.stroke(.line(at(0, share), at(1, share)), .hairline, width: 0.5)
      canvas.line(
        "\(Int(100 * share))", .axis, at: Point(x: plate.x - 4, y: at(0, share).y - 4.5), anchor: .right)
    }
    canvas.stroke(.line(at(0, 0), at(1, 1)), .reference, width: 0.8, dash: [3, 2])
    for bin in calibration.bins {
      canvas.stroke(
        .line(at(bin.confidence, bin.right.lo), at(bin.confidence, bin.right.hi)), .untriggered, width: 0.9)
      canvas.fill(.circle(at(bin.confidence, bin.right.share), radius: 2.4), .untriggered)
    }
    histogram(below: plate, on: canvas)
  }

  private func histogram(below plate: Rect, on canvas: any Canvas) {
    let most = Double(max(1, calibration.histogram.max() ?? 1))
    let (base, step) = (
      plate.maxY + 6 + Reliability.histogramHeight, plate.width / Double(calibration.histogram.count)
    )
    for (place, count) in calibration.histogram.enumerated() where count > 0 {
      let height = max(0.5, Reliability.histogramHeight * Double(count) / most)
      canvas.fill(
        .rectangle(
          Rect(
            x: plate.x + Double(place) * step + 0.5, y: base - height, width: step - 1, height: height)),
        .reference)
    }
    canvas.stroke(
      .line(Point(x: plate.x, y: base), Point(x: plate.maxX, y: base)), .reference, width: 0.5)
    for share in [0.0, 0.5, 1] {
      canvas.line(
        "\(Int(100 * share))", .axis, at: Point(x: plate.x + plate.width * share, y: base + 3),
        anchor: .centre)
    }
    canvas.line(
      "probability of its answer, of 100", .axis, at: Point(x: plate.x + plate.width / 2, y: base + 13),
      anchor: .centre)
  }
}
