// The plot that most figures are: rows with a name on the left, marks on a shared scale, values on the right. A chart
// says what its rows are; where they lie is said here once.

/// Rows of marks on one horizontal scale.
struct RowPlot {
  /// Something drawn in a row, by its place on the scale.
  enum Mark {
    /// A share with its interval; `shift` moves it off the row's middle, where two share a row.
    case dot(Share, ShareAxis.Marker, Color, shift: Double = 0)
    /// A value without an interval.
    case point(Double, ShareAxis.Marker, Color)
    /// What is expected, as a short upright line.
    case tick(Double)
    /// The way between two values.
    case bridge(Double, Double)
    /// A bar from nought.
    case bar(Double)
  }

  /// A row.
  struct Row {
    var name: Prose
    var marks: [Mark]
    /// Printed at the right, a value a column.
    var values: [Prose]
    var isStrong = false
  }

  /// What the plot is made of, from top to bottom.
  enum Item {
    case heading(Prose)
    case row(Row)
  }

  var items: [Item] = []
  /// The widths of the names' column and of the values' columns.
  var nameWidth = 126.0
  var valueWidths = [64.0]
  /// Titles of the columns of values, where they need any.
  var valueTitles: [Prose] = []
  var rowHeight = 16.0
  /// The value at the right end.
  var limit = 1.0
  /// Bars carry their value at their end and need no axis.
  var isBars = false
  /// A dashed line at a value, which has to be explained in the caption.
  var threshold: Double?

  private static let (gap, headingHeight, axisHeight, titleHeight) = (8.0, 15.0, 18.0, 12.0)

  init(_ rows: [Row] = []) { items = rows.map { .row($0) } }

  /// Bars of counts or lengths, the longest over the whole width.
  static func bars(_ rows: [(name: String, value: Double, shown: Prose)]) -> RowPlot {
    let most = rows.map(\.value).filter(\.isFinite).max() ?? 0
    var plot = RowPlot(
      rows.map {
        Row(name: "\(label: $0.name)", marks: [.bar(most > 0 ? $0.value / most : 0)], values: [$0.shown])
      })
    (plot.isBars, plot.rowHeight, plot.valueWidths) = (true, 14, [34])
    return plot
  }

  private var top: Double { valueTitles.isEmpty ? 0 : RowPlot.titleHeight }

  var height: Double {
    items.reduce(top + (isBars ? 0 : RowPlot.axisHeight)) { sum, item in
      if case .heading = item { sum + RowPlot.headingHeight } else { sum + rowHeight }
    }
  }

  func draw(in frame: Rect, on canvas: any Canvas) {
    let values = valueWidths.reduce(0) { $0 + $1 + RowPlot.gap }
    let axis = ShareAxis(
      left: frame.x + nameWidth + RowPlot.gap, right: frame.maxX - values - RowPlot.gap, limit: limit)
    let bottom = frame.y + height - (isBars ? 0 : RowPlot.axisHeight)
    if !isBars { axis.draw(on: canvas, top: frame.y + top, bottom: bottom) }
    if let threshold {
      let x = axis.x(threshold)
      canvas.stroke(
        .line(Point(x: x, y: frame.y + top), Point(x: x, y: bottom)), .triggered, width: 0.8, dash: [3, 2])
    }
    for (title, x) in zip(valueTitles, edges(frame)) {
      canvas.line(title, .small, at: Point(x: x, y: frame.y), anchor: .right)
    }
    var y = frame.y + top
    for item in items {
      switch item {
      case .heading(let text):
        let set = canvas.setter.set(text, .small)
        // Gridlines do not run through words.
        canvas.fill(
          .rectangle(
            Rect(x: frame.x, y: y + 5, width: set.size.width + 2, height: set.size.height)), .paper)
        canvas.text(set, at: Point(x: frame.x, y: y + 5))
        y += RowPlot.headingHeight
      case .row(let row):
        draw(row, middle: y + rowHeight / 2, axis, frame, on: canvas)
        y += rowHeight
      }
    }
  }

  /// The right edges of the columns of values.
  private func edges(_ frame: Rect) -> [Double] {
    var right = frame.maxX
    return valueWidths.reversed().map { width in
      defer { right -= width + RowPlot.gap }
      return right
    }.reversed()
  }

  private func draw(
    _ row: Row, middle: Double, _ axis: ShareAxis, _ frame: Rect, on canvas: any Canvas
  ) {
    let style = TextStyle.axis.weighted(row.isStrong ? 700 : 400)
    // A name may take a second line where the rows are high enough.
    let lines = max(1, Int(rowHeight / style.leading))
    let name = canvas.setter.set(row.name, style, width: nameWidth, lines: lines)
    canvas.text(name, at: Point(x: frame.x, y: middle - name.size.height / 2))
    for mark in row.marks {
      switch mark {
      case .dot(let share, let marker, let color, let shift):
        axis.dot(share, at: middle + shift, marker, color, on: canvas)
      case .point(let value, let marker, let color):
        axis.circle(at: Point(x: axis.x(value), y: middle), marker, color, on: canvas)
      case .tick(let value):
        let x = axis.x(value)
        canvas.stroke(
          .line(Point(x: x, y: middle - 4.5), Point(x: x, y: middle + 4.5)), .reference, width: 1.6)
      case .bridge(let from, let to):
        canvas.stroke(
          .line(Point(x: axis.x(from), y: middle), Point(x: axis.x(to), y: middle)), .hairline, width: 2.5)
      case .bar(let share):
        let bar = Rect(x: axis.left, y: middle - 4, width: axis.x(share) - axis.left, height: 8)
        canvas.fill(.rectangle(bar), .untriggered)
        if let value = row.values.first {
          canvas.line(value, style, at: Point(x: bar.maxX + 5, y: middle - 4.5))
        }
      }
    }
    guard !isBars else { return }
    for (value, x) in zip(row.values, edges(frame)) {
      canvas.line(value, style, at: Point(x: x, y: middle - 4.5), anchor: .right)
    }
  }
}
