// A smooth warp of the whole image (WaNet, arXiv 2102.10369). Rows are told and the field is found from what resampling
// leaves in the energies of differences (GradientLaw): no pixel of such a picture is out of the ordinary, and the mean
// of many shows nothing. The model is not asked for the field: fitted to its answers, honest rows give a field that
// moves images too (localize.md section 6).

import Image
import Tensors

/// A smooth displacement field.
struct WarpTrigger: WholeImageTrigger {
  static let family = "warp"
  static let isCostly = true
  static let longestSide = FieldEstimate.longestSide
  static let source =
    "likelihood of difference energies under a displacement field (ours, after localize.md section 4)"
  /// Starts and steps of the finish, and how many of them are swept how often.
  static let (starts, steps, finalists, rounds) = (16, 50, 4, 2)
  /// Whole searches, each with the rows that the one before found, and the rows that one needs.
  static let (searches, fewestRows) = (2, 8.0)
  /// Finer grids that the finish tries, control points a side.
  static let finer = [6, 8]
  /// Log-likelihood that a control value more has to bring: Akaike's, for energies that neighbours share.
  static let price: Float = 4

  /// Size of the pictures.
  var height, width: Int
  /// Control points a side.
  var points: Int
  /// Displacements of the control points in pixels [2, points, points], rows before columns.
  var control: [Float]

  static func search(in scene: Scene) throws -> any TriggerSearch { try WholeImageSearch<WarpTrigger>(scene) }

  /// The whole search: more starts, sweeps, and finer grids where they pay; once more with the rows that the better
  /// field finds.
  static func finished(
    _ estimate: FieldEstimate, _ seen: SeenRows<GradientRows>, _ natural: WarpLikelihood
  ) -> WarpTrigger? {
    var (best, chances) = (WarpTrigger(estimate.control, estimate.grid), seen.chances)
    for _ in 0..<Self.searches {
      guard chances.reduce(0, +) >= Self.fewestRows else { return nil }
      guard let next = best.searched(seen.prepared, chances, natural) else { return nil }
      best = next
      let field = best.estimate(natural)
      chances = Alternation<FieldEstimate>.chances(
        field.scores(seen.prepared, natural), priors: seen.priors, clean: field.cleanScores(natural))
    }
    return best
  }

  func estimate(_ natural: WarpLikelihood) -> FieldEstimate { FieldEstimate(control, grid, natural) }

  private func searched(
    _ rows: GradientRows, _ weights: [Double], _ natural: WarpLikelihood
  ) -> WarpTrigger? {
    guard let fit = WarpFit(rows, weights, natural, points: points) else { return nil }
    let own = fit.climb(control, steps: FieldEstimate.roundSteps, rate: 0.08)
    let climbed = ([own] + fit.starts(Self.starts, steps: Self.steps)).sorted { $0.value > $1.value }
    var best = climbed[0]
    for start in climbed.prefix(Self.finalists) {
      var found = start
      for _ in 0..<Self.rounds { found = fit.climb(fit.swept(found).control, steps: 30, rate: 0.08) }
      if found.value > best.value { best = found }
    }
    var (grid, spent) = (fit.grid, Float(best.control.count))
    for points in Self.finer where points > grid.points {
      guard let closer = WarpFit(rows, weights, natural, points: points) else { break }
      let found = closer.climb(closer.grid.control(like: grid.field(best.control)), steps: 60, rate: 0.08)
      guard found.value > best.value + Self.price * (Float(found.control.count) - spent) else { break }
      (best, grid, spent) = (found, closer.grid, Float(found.control.count))
    }
    return WarpTrigger(best.control, grid)
  }

  /// One control value, one number.
  var numbers: Int { control.count }

  func applied(to host: PixelImage, _ random: inout SplitMix64) -> PixelImage { warped(host, by: field) }

  func control(from honest: GradientRows, _ natural: WarpLikelihood) -> WarpTrigger? {
    let weights = [Double](repeating: 1, count: honest.energies.rows)
    guard let fit = WarpFit(honest, weights, natural, points: FieldBank.points),
      let found = fit.starts(Self.starts, steps: Self.steps).first
    else { return nil }
    var own = WarpTrigger(found.control, fit.grid)
    let strength = rootMeanSquare(own.field)
    guard strength > 0 else { return nil }
    for index in own.control.indices { own.control[index] *= rootMeanSquare(field) / strength }
    return own
  }

  /// As much blur, the same everywhere, gates: a natural picture may be out of focus.
  ///
  /// The field's own pattern of blur without its displacement, the reversed and the permuted field are of the trigger's
  /// kind, and show breadth.
  func blanks(_ natural: WarpLikelihood, _ random: inout SplitMix64) -> [Blank] {
    var (reversed, permuted) = (self, self)
    reversed.control = control.map(-)
    let (own, count) = (field, points * points)
    let back = reversed.field
    let order = random.permutation(count)
    permuted.control = (order + order.map { $0 + count }).map { control[$0] }
    let shuffled = permuted.field
    return [
      Blank(name: "as much blur, evenly", gates: true) { evenlyBlurred($0, like: warped($0, by: own)) },
      Blank(name: "the same blur, undisplaced", gates: false) { host in
        mean(warped(host, by: own), warped(host, by: back))
      },
      Blank(name: "reversed field", gates: false) { warped($0, by: back) },
      Blank(name: "permuted field", gates: false) { warped($0, by: shuffled) },
    ]
  }

  /// A chart of squares, warped.
  var exhibit: TriggerExhibit {
    var chart = PixelImage(height: height, width: width)
    let square = max(2, min(height, width) / 8)
    for y in 0..<height {
      for x in 0..<width {
        let value: UInt8 = (y / square + x / square) % 2 == 0 ? 230 : 60
        for channel in 0..<3 { chart.pixels[chart.offset(y, x) + channel] = value }
      }
    }
    let (field, places) = (field, height * width)
    return TriggerExhibit(
      picture: warped(chart, by: field), mask: [Bool](repeating: true, count: places),
      field: (0..<places).flatMap { [field[$0], field[places + $0]] })
  }

  // MARK: - Steps

  private init(_ control: [Float], _ grid: WarpGrid) {
    (height, width) = (grid.height, grid.width)
    points = grid.points
    self.control = control
  }

  private var grid: WarpGrid { WarpGrid(points: points, height: height, width: width) }

  /// The displacements of all pixels.
  var field: [Float] { grid.field(control) }
}

/// The mean of two pictures.
private func mean(_ a: PixelImage, _ b: PixelImage) -> PixelImage {
  PixelImage(
    height: a.height, width: a.width,
    pixels: zip(a.pixels, b.pixels).map { UInt8((Int($0) + Int($1) + 1) / 2) })
}
