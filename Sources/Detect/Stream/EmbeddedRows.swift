// A set of embedded pairs that is read in blocks: a dump of millions of rows, or what an audit holds in memory.

public import Tensors

/// Embedded pairs, read by rows.
///
/// Calls come from several threads. Rows are finite and of unit length, the same every time they are read.
public protocol EmbeddedRows: Sendable {
  /// Pairs.
  var count: Int { get }
  /// Columns of an embedding.
  var width: Int { get }
  /// Whether there are caption embeddings.
  var hasCaptions: Bool { get }
  /// Unit image embeddings of some rows [rows, D].
  func images(_ rows: Range<Int>) throws -> Matrix
  /// Unit caption embeddings of some rows [rows, D].
  func captions(_ rows: Range<Int>) throws -> Matrix
}

/// Pairs in memory.
struct HeldRows: EmbeddedRows {
  var held: Matrix
  var texts: Matrix?

  init(_ images: Matrix, captions: Matrix? = nil) {
    held = images
    texts = captions
  }

  var count: Int { held.rows }
  var width: Int { held.columns }
  var hasCaptions: Bool { texts != nil }

  func images(_ rows: Range<Int>) -> Matrix { held.selecting(Array(rows)) }

  func captions(_ rows: Range<Int>) -> Matrix {
    texts?.selecting(Array(rows)) ?? Matrix(rows: 0, columns: width)
  }
}
