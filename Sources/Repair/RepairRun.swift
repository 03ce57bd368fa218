// What surrounds a repair while it runs: where its state is kept, how it is stopped, and what it leaves on record.

import Gradients

/// A strategy's state between two steps.
///
/// Tensors are asked for one at a time: together they are three times the model.
public struct RepairState {
  /// What was being done: strategy, settings, data, seed.
  public var key: String
  /// Steps taken.
  public var step: Int
  /// The record so far.
  public var record: [StepRecord]
  /// Names of the trained weights, in the optimizer's order.
  public var names: [String]
  /// Elements of each.
  public var sizes: [Int]
  /// Values of the weight at a place.
  public var values: (Int) throws -> [Float]
  /// Steps of the optimizer.
  public var optimizerSteps: Int
  /// Steps in which each weight moved.
  public var counts: [Int]
  /// Moments that the optimizer keeps of each weight.
  public var momentsPerWeight: Int
  /// Those of the weight at a place.
  public var moments: (Int) throws -> [[Float]]

  /// A state.
  public init(
    key: String, step: Int, record: [StepRecord], names: [String], sizes: [Int],
    values: @escaping (Int) throws -> [Float], optimizerSteps: Int, counts: [Int], momentsPerWeight: Int,
    moments: @escaping (Int) throws -> [[Float]]
  ) {
    (self.key, self.step, self.record) = (key, step, record)
    (self.names, self.sizes, self.values) = (names, sizes, values)
    (self.optimizerSteps, self.counts) = (optimizerSteps, counts)
    (self.momentsPerWeight, self.moments) = (momentsPerWeight, moments)
  }
}

/// What one step did.
public struct StepRecord: Codable, Sendable, Equatable {
  /// The step, from 0.
  public var step: Int
  /// The rate.
  public var rate: Double
  /// The loss.
  public var loss: Double
  /// Its terms, before their weights, in the strategy's order.
  public var terms: [Double]
  /// The terms' names.
  public var names: [String]

  /// A term by its name.
  public subscript(term: String) -> Double? { names.firstIndex(of: term).map { terms[$0] } }
}

/// A step of training takes more memory than it may.
public struct MemoryShortage: Error, Equatable {
  /// What it needs, bytes, at least.
  public var needed: Int
}

/// One run of a strategy.
public final class RepairRun {
  /// The workbench.
  public let bench: Workbench
  /// What identifies the run: a state of another one is not taken up.
  public let key: String
  /// The loss at every step.
  public var record: [StepRecord] = []
  /// What training may take, bytes.
  public let memory: Int
  private let load: () -> RepairState?
  private let save: (RepairState) throws -> Void
  private let report: (Int, Int) throws -> Void

  /// A run.
  ///
  /// - Parameters:
  ///   - memory: what training may take, bytes; the first step that takes more throws `MemoryShortage`.
  ///   - load: the last state that was kept, if any.
  ///   - save: keeps a state; called every few seconds.
  ///   - report: called with the steps done and in all; throw from it to stop.
  public init(
    bench: Workbench, key: String, memory: Int = .max, load: @escaping () -> RepairState? = { nil },
    save: @escaping (RepairState) throws -> Void = { _ in },
    report: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) {
    (self.bench, self.key, self.memory) = (bench, key, memory)
    (self.load, self.save, self.report) = (load, save, report)
  }

  /// The last state of this very run.
  func resumed() -> RepairState? { load().flatMap { $0.key == key ? $0 : nil } }

  func keep(_ state: RepairState) throws { try save(state) }

  /// Looks at what the tape holds, weights and the optimizer's moments among it, and at what is known to come.
  func checkMemory(awaiting bytes: Int = 0) throws {
    let needed = bench.tape.bytes + bytes
    if needed > memory { throw MemoryShortage(needed: needed) }
  }

  func progress(_ done: Int, of total: Int) throws { try report(done, total) }
}
