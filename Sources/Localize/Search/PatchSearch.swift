// Patch triggers at unknown places. Pixels that suspicious rows share exactly give a pattern without any model; the
// model's blame gives crops, their effect on clean images tells which crops matter, and what such crops share with
// other rows gives the pattern where pixels were touched after stamping. A patch that is redrawn for every image
// leaves no shared pattern: then the best crop itself is the candidate.
// Sources: localize.md section 3; PatchSearch (arXiv 2304.01482), section 3 for crop and transplant.

import CLIP
import Evidence
import Image
import Tensors

/// Looks for patches.
struct PatchSearch: TriggerSearch {
  let scene: Scene

  /// The suspicious rows of a label that are compared, without exact duplicates.
  private struct Rows {
    var rows: [Int]
    var pictures: [PixelImage]
  }

  /// A candidate before it is chosen.
  private struct Draft {
    var patch: Patch
    var placement: PatchPlacement
    var rows: [Int] = []
    var agreement: Float = 0
    var sourceRow: Int
    var width = PixelLikelihood.exactWidth
    var screen = Rate(0, of: 0)
  }

  func search(_ label: Int, after found: [Hypothesis]) throws -> SearchOutcome {
    let suspicious = scene.suspiciousRows(of: label)
    let estimating = suspicious.filter { scene.isEstimating[$0] }
    var line = LabelSearch(
      label: label, family: PatchTrigger.family, suspiciousRows: suspicious.count,
      consideredRows: estimating.count, agreedRows: 0, note: "")
    let compared = try distinct(surestFirst(estimating, label, scene), scene)
    let hosts = try hosts(for: label, scene)
    guard !compared.rows.isEmpty, !hosts.screening.isEmpty else {
      line.note =
        compared.rows.isEmpty
        ? "no row of the estimation half contradicts the oracle here, so there is no candidate"
        : "no calibration image of another label is left to screen on, so there is no candidate"
      return SearchOutcome(line: line, blame: [])
    }
    let growth = PatternGrowth(
      pictures: compared.pictures, natural: scene.natural, whole: (scene.height, scene.width))
    let repeated = RepeatedBlocks.seeds(in: compared.pictures, clean: try ordinary(scene))
    var drafts = try best(of: repeated, growth, compared, label, scene)
    try screen(&drafts, label, hosts.screening, scene)
    let (blame, crops) = try blamedCrops(compared, label, hosts.crops, scene)
    let ordered = crops.sorted { ($1.moved.k, $0.picture) < ($0.moved.k, $1.picture) }
    let moving = ordered.filter(\.isMoving)
    let windows = moving.prefix(6).map { crop in
      (picture: crop.picture, window: crop.window.grown(by: 1, height: scene.height, width: scene.width))
    }
    if let crop = ordered.first {
      line.bestCrop = crop.moved
      drafts.append(
        Draft(
          patch: Patch(compared.pictures[crop.picture], crop.window), placement: crop.placement,
          sourceRow: compared.rows[crop.picture]))
    }
    try screen(&drafts, label, hosts.screening, scene)
    // What rows share by chance moves nothing, and a part of the trigger less than the crop that holds it all: while a crop
    // moves clearly more than any shared pattern, the pixels are taken to have been touched harder.
    for width in PatchSeeds.widths where !windows.isEmpty && choose(drafts)?.rows.isEmpty ?? true {
      let seeds = PatchSeeds.seeds(in: windows, of: compared.pictures, natural: scene.natural, width: width)
      drafts += try best(of: seeds, growth, compared, label, scene)
      try screen(&drafts, label, hosts.screening, scene)
    }
    if choose(drafts)?.rows.isEmpty ?? true {
      drafts += try alignedCrops(moving, compared, label, scene)
      try screen(&drafts, label, hosts.screening, scene)
    }
    guard let chosen = choose(drafts) else {
      line.note = "no rows share a pattern and no crop was screened, so there is no candidate"
      return SearchOutcome(line: line, blame: blame)
    }
    line.screen = chosen.screen
    line.agreedRows = chosen.rows.count
    line.note =
      chosen.rows.isEmpty
      ? "the best candidate is one row's crop; no other row shares it"
      : "\(chosen.rows.count) rows share a pattern of \(chosen.patch.pixelCount) pixels"
    return SearchOutcome(line: line, hypothesis: hypothesis(chosen, label, scene), blame: blame)
  }

  /// Rows ordered by how sure the oracle is of another label.
  private func surestFirst(_ rows: [Int], _ label: Int, _ scene: Scene) -> [Int] {
    let scores = scene.input.suspects.oracle.scores
    func rival(_ row: Int) -> Float {
      (0..<scores.columns).filter { $0 != label }.map { scores[row, $0] }.max() ?? 0
    }
    let sureness = rows.map(rival)
    return rows.indices.sorted { (sureness[$1], $0) < (sureness[$0], $1) }.map { rows[$0] }
  }

  private func distinct(_ rows: [Int], _ scene: Scene) throws -> Rows {
    let chosen = Array(rows.prefix(scene.options.comparedRows))
    let pictures = try scene.suspects(chosen)
    var seen: Set<[UInt8]> = []
    let kept = pictures.indices.filter { seen.insert(pictures[$0].pixels).inserted }
    return Rows(rows: kept.map { chosen[$0] }, pictures: kept.map { pictures[$0] })
  }

  /// Calibration images to screen on: those that choose a crop do not choose the candidate.
  private func hosts(for label: Int, _ scene: Scene) throws -> (crops: [PixelImage], screening: [PixelImage])
  {
    let options = scene.options
    let positions = scene.hosts(for: label, in: scene.input.calibration, .screening)
      .prefix(options.cropHosts + options.screeningHosts)
    let pictures = try scene.clean(scene.input.calibration, Array(positions))
    return (Array(pictures.prefix(options.cropHosts)), Array(pictures.dropFirst(options.cropHosts)))
  }

  /// Blame and screened crops of the first rows.
  private func blamedCrops(
    _ compared: Rows, _ label: Int, _ hosts: [PixelImage], _ scene: Scene
  ) throws -> ([BlameMap], [CropScreen.Crop]) {
    let occlusion = OcclusionBlame(scene: scene)
    let screen = CropScreen(scene: scene, label: label)
    var (maps, crops): ([BlameMap], [CropScreen.Crop]) = ([], [])
    for (index, picture) in compared.pictures.prefix(scene.options.blamedRows).enumerated() {
      let finding = try occlusion.examine(picture, label: label)
      var map = BlameMap(
        row: compared.rows[index], label: label, cells: OcclusionBlame.cells, values: finding.map,
        largestDrop: finding.drop, box: finding.window.box)
      if let masks = scene.input.suspects.masks {
        try blameObjects(picture, try masks(compared.rows[index]), occlusion, &map)
      }
      maps.append(map)
      crops.append(try screen.examine(picture, index, blamed: finding, on: hosts))
    }
    return (maps, crops)
  }

  private func blameObjects(
    _ picture: PixelImage, _ mask: [UInt16], _ occlusion: OcclusionBlame, _ map: inout BlameMap
  ) throws {
    guard mask.count == picture.height * picture.width else {
      throw Fault(
        "oracle mask of row \(map.row)",
        "has \(mask.count) pixels, the image \(picture.height * picture.width)",
        do: "give masks of the images' own size")
    }
    guard let covered = MaskBlame.covered(picture, mask: mask) else { return }
    let drops = try occlusion.margins(picture, changed: covered, label: map.label).drops
    map.objectDrops = Array(drops.dropLast())
    map.backgroundDrop = drops.last
  }

  /// The pattern that the crops have in common which move images, each in its own row.
  ///
  /// Where rows were stored again after stamping, windows that are small enough to be held by all of them are matched by chance
  /// too; the crops say where to look.
  private func alignedCrops(
    _ moving: [CropScreen.Crop], _ compared: Rows, _ label: Int, _ scene: Scene
  ) throws -> [Draft] {
    let crops = moving.prefix(PatternGrowth.mostCrops)
    guard crops.count >= RepeatedBlocks.minimumRows else { return [] }
    let windows = crops.map { $0.window.grown(by: 2, height: scene.height, width: scene.width) }
    let cuts = zip(crops, windows).map { crop, window in
      compared.pictures[crop.picture].crop(
        y: window.y, x: window.x, height: window.height, width: window.width)
    }
    let growth = PatternGrowth(pictures: cuts, natural: scene.natural, whole: (scene.height, scene.width))
    let own = Rows(rows: crops.map { compared.rows[$0.picture] }, pictures: cuts)
    for width in PatchSeeds.widths.dropFirst() {
      let wholes = cuts.indices.map {
        (picture: $0, window: Window(y: 0, x: 0, height: cuts[$0].height, width: cuts[$0].width))
      }
      let seeds = PatchSeeds.seeds(
        in: Array(wholes.prefix(6)), of: cuts, natural: scene.natural, width: width,
        sides: PatchSeeds.largeSides)
      let found = try best(of: seeds, growth, own, label, scene, origins: windows.map { ($0.y, $0.x) })
      guard found.isEmpty else { return found }
    }
    return []
  }

  /// The most shared pattern grown from seeds that the other half confirms.
  ///
  /// - Parameter origins: where each picture was cut from; nil for whole ones.
  private func best(
    of seeds: [Seed], _ growth: PatternGrowth, _ compared: Rows, _ label: Int, _ scene: Scene,
    origins: [(y: Int, x: Int)]? = nil
  ) throws -> [Draft] {
    let grown = seeds.compactMap { growth.pattern(from: $0) }
      .sorted { ($1.pictures.count, $1.patch.pixelCount) < ($0.pictures.count, $0.patch.pixelCount) }
    for var pattern in grown where try isConfirmed(pattern, label, scene) {
      let own = pattern
      if let origins {
        for (place, picture) in pattern.pictures.enumerated() {
          pattern.places[place].y += origins[picture].y
          pattern.places[place].x += origins[picture].x
        }
      }
      let placement = pattern.commonPlace.map { PatchPlacement.at(y: $0.y, x: $0.x) } ?? .anywhere
      let rows = pattern.pictures.map { compared.rows[$0] }
      let shared = Draft(
        patch: pattern.patch, placement: placement, rows: rows.sorted(), agreement: pattern.agreement,
        sourceRow: rows[0], width: pattern.likelihood.width)
      guard pattern.likelihood.width >= 2 * PixelLikelihood.exactWidth else { return [shared] }
      // A median of pixels that were touched is duller than any of its rows: the first of them stands beside it.
      var instance = shared
      instance.patch = own.instance(in: compared.pictures)
      return [shared, instance]
    }
    return []
  }

  /// Whether the suspicious rows of the other half, which did not choose the pattern, hold it more often than
  /// calibration images do, intervals apart.
  ///
  /// A row holds a pattern that matches better than all but a twentieth of calibration images, and better than places explain.
  private func isConfirmed(_ pattern: SharedPattern, _ label: Int, _ scene: Scene) throws -> Bool {
    let matcher = PatchMatcher(pattern.patch, pattern.likelihood)
    func scores(_ pictures: [PixelImage]) -> [Float] {
      concurrentMap(pictures.count) { matcher.best(in: pictures[$0])?.score ?? 0 }
    }
    let ordinary = scores(try ordinary(scene)).sorted()
    let usual = ordinary.isEmpty ? 0 : ordinary[ordinary.count - 1 - ordinary.count / 20]
    let floor = max(usual, PatternGrowth.chanceFloor(places: scene.height * scene.width))
    let other = scene.suspiciousRows(of: label).filter { !scene.isEstimating[$0] }
    let own = scores(try scene.suspects(Array(other.prefix(scene.options.comparedRows))))
    let confirming = Rate(own.count { $0 > floor }, of: own.count)
    return confirming.lo > Rate(ordinary.count { $0 > floor }, of: ordinary.count).hi
  }

  /// Calibration pictures that a pattern of the suspicious rows is compared with.
  private func ordinary(_ scene: Scene) throws -> [PixelImage] {
    try scene.clean(scene.input.calibration, Array(0..<min(200, scene.input.calibration.rows.count)))
  }

  private func screen(_ drafts: inout [Draft], _ label: Int, _ hosts: [PixelImage], _ scene: Scene) throws {
    let screen = CropScreen(scene: scene, label: label)
    for index in drafts.indices where drafts[index].screen.n == 0 {
      drafts[index].screen = try screen.moved(drafts[index].patch, drafts[index].placement, hosts)
    }
  }

  /// The draft that moves most; a shared pattern before a crop when their intervals meet.
  private func choose(_ drafts: [Draft]) -> Draft? {
    let shared = drafts.filter { !$0.rows.isEmpty }.max { $0.screen.share < $1.screen.share }
    let crop = drafts.first { $0.rows.isEmpty }
    guard let shared else { return crop }
    guard let crop, crop.screen.lo > shared.screen.hi else { return shared }
    return crop
  }

  private func hypothesis(_ draft: Draft, _ label: Int, _ scene: Scene) -> Hypothesis {
    let trigger = PatchTrigger(draft.patch, draft.placement, width: draft.width)
    return Hypothesis(
      label: label, trigger: trigger, agreedRows: draft.rows, agreement: draft.agreement,
      sourceRow: draft.sourceRow, screen: draft.screen,
      controls: PatchControls(
        scene: scene, label: label, patch: draft.patch, placement: draft.placement
      ).makers,
      matchers: { [try trigger.matcher(in: scene)] })
  }
}
