// Tables of figures that show shares and counts.

import Evidence

extension DataTable {
  /// Columns of a share, and its cells.
  fileprivate static let share = ["k", "n", "share", "lower", "upper"]

  fileprivate static func cells(_ share: Share) -> [Cell] {
    [.init(share.moved), .init(share.of), .init(share.value), .init(share.lo), .init(share.hi)]
  }
}

extension ConsequenceDots {
  var table: DataTable? {
    let arms =
      [("with the trigger", Share(transplant))]
      + (transplant.controls.first.map { [($0.name, Share($0))] } ?? [])
      + (strongest.map { [($0.name, Share($0))] } ?? [])
    return DataTable(["arm"] + DataTable.share, arms.map { [.init($0.0)] + DataTable.cells($0.1) })
  }
}

extension TransplantDots {
  var table: DataTable? {
    let trigger: [DataTable.Cell] = ["The trigger", "tested"] + DataTable.cells(Share(transplant))
    return DataTable(
      ["arm", "role"] + DataTable.share,
      [trigger]
        + transplant.controls.map {
          [.init($0.name), .init($0.gates ? "gates the verdict" : "shows breadth")]
            + DataTable.cells(Share($0))
        })
  }
}

extension VictimDumbbell {
  var table: DataTable? {
    DataTable(
      ["label", "untriggered"] + DataTable.share,
      victims.map { [.init($0.label), .init($0.untriggered)] + DataTable.cells(Share($0)) })
  }
}

extension DisagreementDots {
  var table: DataTable? {
    DataTable(
      ["label", "asserted", "unsupported", "expected", "model_agrees", "p_value", "corrected_p"],
      disagreement.labels.map {
        [
          .init($0.label), .init($0.asserted), .init($0.unsupported), .init($0.expected),
          .init($0.modelAgrees),
          .init($0.pValue), .init($0.corrected),
        ]
      })
  }
}

extension TargetRanking {
  var table: DataTable? {
    DataTable(
      ["label", "score", "p_value", "is_target"],
      targets.map { [.init($0.label), .init($0.score), .init($0.pValue), .init($0.label == target ? 1 : 0)] })
  }
}

extension KeyNumbers {
  var table: DataTable? {
    DataTable(
      ["number", "value", "detail"] + DataTable.share,
      items.map { item in
        let detail = item.detail.map(\.plain).joined(separator: ", ")
        let share = item.share.map(DataTable.cells) ?? DataTable.share.map { _ in .empty }
        return [.init(item.label), .init(item.value.text), .init(detail)] + share
      })
  }
}

extension CoverageBar {
  var table: DataTable? { coverage.table }
}

extension CoverageGrid {
  var table: DataTable? { coverage.table }
}

extension [StageCoverage] {
  /// A row a stage.
  fileprivate var table: DataTable {
    DataTable(
      ["stage", "status", "reason"],
      map { [.init($0.stage.rawValue), .init($0.status.rawValue), .init($0.reason)] })
  }
}

extension CuratedBars {
  var table: DataTable? { DataTable(["label", "pairs"], labels.map { [.init($0.name), .init($0.count)] }) }
}

extension RepairDots {
  var table: DataTable? {
    let columns = ["measure"] + DataTable.share.map { "before_" + $0 } + DataTable.share.map { "after_" + $0 }
    return DataTable(
      columns + ["difference", "difference_lower", "difference_upper"],
      rows.map { row in
        let change = row.change
        let interval: [DataTable.Cell] =
          change.interval.count == 2 ? change.interval.map { .init($0) } : [.empty, .empty]
        return [.init(row.name)] + DataTable.cells(Share(change.before))
          + DataTable.cells(Share(change.after))
          + [.init(change.difference)] + interval
      })
  }
}

extension LayerBars {
  var table: DataTable? {
    DataTable(["stage", "change"], layers.map { [.init($0.name), .init($0.change)] })
  }
}

extension StrategyDots {
  var table: DataTable? {
    DataTable(
      ["strategy", "outcome", "right_k", "right_n", "attack_k", "attack_n"],
      repair.tried.map {
        [
          .init($0.strategy), $0.accepted ? "accepted" : "rejected", .init($0.accuracy.k),
          .init($0.accuracy.n),
          .init($0.attack?.k), .init($0.attack?.n),
        ]
      })
  }
}

extension EmbeddingScatter {
  var table: DataTable? {
    let count = min(embedding.before.count, embedding.after.count) / 2
    return DataTable(
      ["trigger", "before_1", "before_2", "after_1", "after_2"],
      (0..<count).map { place in
        [
          place < embedding.images ? "without" : "with", .init(embedding.before[2 * place]),
          .init(embedding.before[2 * place + 1]), .init(embedding.after[2 * place]),
          .init(embedding.after[2 * place + 1]),
        ]
      })
  }
}

extension LossCurve {
  var table: DataTable? {
    let terms = Set(curve.flatMap(\.terms.keys)).sorted()
    return DataTable(
      ["step", "loss"] + terms,
      curve.map { point in
        [.init(point.step), .init(point.loss)] + terms.map { point.terms[$0].map { .init($0) } ?? .empty }
      })
  }
}

extension PowerCurve {
  var table: DataTable? {
    DataTable(
      ["pairs"] + DataTable.share, power.points.map { [.init($0.pairs)] + DataTable.cells(Share($0.noticed)) }
    )
  }
}

extension Reliability {
  var table: DataTable? {
    DataTable(
      ["confidence"] + DataTable.share,
      calibration.bins.map { [.init($0.confidence)] + DataTable.cells(Share($0.right)) })
  }
}
