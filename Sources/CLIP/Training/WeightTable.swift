// A checkpoint's tensors as variables under their canonical names: what training moves and what a repaired file is
// written from.

import Checkpoints
public import Gradients

/// Weights by canonical name.
public final class WeightTable {
  /// The variables.
  public private(set) var variables: [String: Variable] = [:]
  private let checkpoint: Checkpoint
  private let tape: Tape
  private let source: WeightTable?

  /// A table that reads a checkpoint when a tower asks for a tensor.
  init(_ checkpoint: Checkpoint, on tape: Tape) {
    (self.checkpoint, self.tape) = (checkpoint, tape)
    source = nil
  }

  /// A table with the values of another; nothing in it is trained.
  ///
  /// What is trained in neither is shared.
  init(copying other: WeightTable) {
    (checkpoint, tape, source) = (other.checkpoint, other.tape, other)
  }

  /// A tensor of a shape.
  ///
  /// - Throws: `Fault` when the checkpoint has none of that name and shape.
  func callAsFunction(_ name: String, _ shape: [Int]) throws -> Variable {
    if let known = variables[name] { return known }
    let variable: Variable
    if let other = source?.variables[name] {
      variable = tape.leaf(shape, other.values)
    } else {
      variable = tape.leaf(shape, try checkpoint.tensor(name, shape: shape))
    }
    variables[name] = variable
    return variable
  }

  /// Whether the checkpoint has a tensor.
  func has(_ name: String) -> Bool { checkpoint.shape(name) != nil }

  /// The shape of a tensor that must exist with `rank` dimensions.
  func shape(of name: String, rank: Int) throws -> [Int] { try checkpoint.shape(of: name, rank: rank) }

  /// Layers that are counted in names.
  func layers(_ prefix: String, _ suffix: String) -> Int { checkpoint.layers(prefix, suffix) }

  /// Whether weight decay shrinks a tensor: matrices and kernels; no norm, bias, position or scale.
  ///
  /// Source: repair.md section 15; open_clip's rule for tensors of one dimension.
  static func decays(_ name: String, _ shape: [Int]) -> Bool {
    shape.count >= 2 && !name.hasSuffix("positional_embedding")
  }
}
