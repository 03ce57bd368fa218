// The page: paper, margins and twelve columns (report.md E3.3). Larger print is the same type on smaller paper, enlarged
// to the paper's own size: sections keep their content and take more pages.

/// The paper that a report is drawn for, and how large its print is.
public struct PageFormat: Equatable, Sendable {
  /// A paper size.
  public enum Paper: String, Sendable, CaseIterable {
    /// 210 x 297 mm.
    case a4 = "A4"
    /// 8.5 x 11 inches.
    case letter = "Letter"
  }

  /// The scales of print that every page still fits at.
  public static let scales = 1.0...1.25

  /// The paper.
  public var paper: Paper
  /// How many times as large as usual everything is printed.
  public var scale: Double

  /// A format, A4 in its usual size by default; a scale outside `scales` is brought inside.
  public init(paper: Paper = .a4, scale: Double = 1) {
    self.paper = paper
    self.scale =
      scale.isFinite ? min(PageFormat.scales.upperBound, max(PageFormat.scales.lowerBound, scale)) : 1
  }
}

/// A page in twelve columns.
///
/// All lengths are layout points: what is drawn is `scale` times as large.
struct Grid: Equatable, Sendable {
  static let gutter = 12.0
  /// The type area's width, where the paper has it.
  private static let fullWidth = 595.276 - 96
  /// The narrowest margin: printers leave as much blank.
  private static let leastMargin = 20.0

  /// The paper in layout points.
  let page: Size
  let scale: Double
  let margin: Double
  let top = 60.0
  let bottom: Double
  let width: Double

  init(_ format: PageFormat) {
    let paper =
      switch format.paper {
      case .a4: Size(width: 595.276, height: 841.89)
      case .letter: Size(width: 612, height: 792)
      }
    scale = format.scale
    page = Size(width: paper.width / scale, height: paper.height / scale)
    width = min(Grid.fullWidth, page.width - 2 * Grid.leastMargin)
    margin = (page.width - width) / 2
    bottom = page.height - 56
  }

  /// The same columns on a page without an end, to measure on.
  private init(endless grid: Grid) {
    (scale, margin, width) = (grid.scale, grid.margin, grid.width)
    page = Size(width: grid.page.width, height: 1e7)
    bottom = 1e7
  }

  var endless: Grid { Grid(endless: self) }

  /// The right edge of the type area.
  var right: Double { margin + width }
  /// The height of the type area.
  var height: Double { bottom - top }
  /// Where the running head and the foot stand.
  var head: Double { 31 }
  var foot: Double { page.height - 34.89 }

  private var area: Rect { Rect(x: margin, y: 0, width: width, height: 0) }

  /// The width of a span of columns with the gutters inside it.
  func span(_ columns: Int) -> Double { area.span(columns) }

  /// The left edge of a column, from 0 to 11.
  func edge(_ column: Int) -> Double { area.edge(column) }
}

extension Rect {
  /// The width of a span of this frame's twelve columns, with the gutters inside it.
  func span(_ columns: Int) -> Double {
    Double(columns) * (width - 11 * Grid.gutter) / 12 + Double(columns - 1) * Grid.gutter
  }

  /// The left edge of one of this frame's twelve columns, from 0 to 11.
  func edge(_ column: Int) -> Double { x + Double(column) * (span(1) + Grid.gutter) }
}
