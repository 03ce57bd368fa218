// The waves of a pattern: amplitude by frequency, and the strongest by name. Shown where one stands out.

import Glibc
import Image

/// Amplitudes of a pattern's waves.
struct SpectrumPlate: TriggerFigure {
  /// A wave: cycles across and down the image, and its amplitude in gray levels.
  struct Wave: Equatable {
    var across, down: Int
    var amplitude: Double
  }

  let spectrum: Exhibits.Field
  /// The strongest waves, the strongest first.
  let strongest: [Wave]

  private static let (side, listed, heading) = (190.0, 6, 14.0)

  init?(_ picture: Exhibits.TriggerPicture, _ dossier: Dossier) {
    guard let spectrum = picture.spectrum, picture.curves == nil, spectrum.values.count > 8 else {
      return nil
    }
    self.spectrum = spectrum
    let waves = spectrum.values.indices.dropFirst().map { index -> Wave in
      let (row, column) = (index / spectrum.width, index % spectrum.width)
      let down = 2 * row > spectrum.height ? row - spectrum.height : row
      return Wave(across: column, down: down, amplitude: Double(spectrum.values[index]))
    }.sorted { $0.amplitude > $1.amplitude }
    // In noise amplitudes follow Rayleigh's law: one of n is k times the median with a chance of about n·2^(-k²). A wave
    // speaks where that is less than one in a hundred, and where it is not lost beside the strongest.
    let median = waves[waves.count / 2].amplitude
    let limit = median * log2(100 * Double(waves.count)).squareRoot()
    let audible = max(limit, waves[0].amplitude / 20)
    strongest = Array(waves.prefix { $0.amplitude > audible }.prefix(SpectrumPlate.listed))
    guard !strongest.isEmpty else { return nil }
  }

  private var cell: Double { min(8, SpectrumPlate.side / Double(max(spectrum.height, spectrum.width))) }

  private func words(_ wave: Wave) -> Prose {
    """
    \(Numbers.real(Double(wave.across), decimals: 0)) across, \(Numbers.real(Double(wave.down), decimals: 0)) down: \
    \(Numbers.real(wave.amplitude, decimals: 1)) gray levels
    """
  }

  var title: Prose {
    strongest.count == 1
      ? "One wave stands out of the pattern" : "\(strongest.count) waves stand out of the pattern"
  }
  var alternative: Prose {
    "The strongest waves, in cycles an image: " + Prose.joined(strongest.map(words), "; ") + "."
  }
  var caption: Prose {
    """
    Amplitude by frequency, darker is stronger, relative to the strongest; cycles an image, across to the right, down \
    from the middle. Listed: waves stronger than noise shows in one pattern of a hundred, and than a twentieth of \
    the strongest, at most \(SpectrumPlate.listed). Data: case.h5, exhibits/trigger.
    """
  }

  func height(at width: Double) -> Double {
    SpectrumPlate.heading + max(Double(spectrum.height) * cell, Double(SpectrumPlate.listed) * 13) + 14
  }

  /// A cell a wave, no cycles down in the middle.
  private var heat: PixelImage {
    var image = PixelImage(height: spectrum.height, width: spectrum.width)
    let top = strongest.first?.amplitude ?? 1
    for y in 0..<spectrum.height {
      let row = (y + (spectrum.height + 1) / 2) % spectrum.height
      for x in 0..<spectrum.width {
        let value = row == 0 && x == 0 ? 0 : Double(spectrum.values[row * spectrum.width + x])
        let color = Color.heat(value / top)
        for (channel, part) in [color.red, color.green, color.blue].enumerated() {
          image.pixels[image.offset(y, x) + channel] = UInt8((part * 255).rounded())
        }
      }
    }
    return image
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let plate = Rect(
      x: frame.x + 26, y: frame.y + SpectrumPlate.heading, width: Double(spectrum.width) * cell,
      height: Double(spectrum.height) * cell)
    canvas.line("Waves", .axis, at: Point(x: plate.x, y: frame.y))
    canvas.pixels(heat, in: plate, as: max(spectrum.height, spectrum.width) <= 64 ? .cells : .image)
    canvas.stroke(.rectangle(plate), .secondary, width: 0.75)
    let middle = plate.y + (Double(spectrum.height / 2) + 0.5) * cell
    for (down, y) in [
      (-(spectrum.height / 2), plate.y), (0, middle - 4), ((spectrum.height - 1) / 2, plate.maxY - 9),
    ] {
      canvas.line(
        "\(Numbers.real(Double(down), decimals: 0))", .small, at: Point(x: plate.x - 4, y: y), anchor: .right
      )
    }
    canvas.line("0", .small, at: Point(x: plate.x + cell / 2, y: plate.maxY + 3), anchor: .centre)
    canvas.line(
      "\(spectrum.width - 1)", .small, at: Point(x: plate.maxX - cell / 2, y: plate.maxY + 3), anchor: .centre
    )
    let left = max(frame.edge(5), plate.maxX + 24)
    canvas.line("Strongest, cycles an image", .axis, at: Point(x: left, y: frame.y))
    for (index, wave) in strongest.enumerated() {
      canvas.line(
        words(wave), .table, at: Point(x: left, y: frame.y + SpectrumPlate.heading + 13 * Double(index)))
    }
  }
}
