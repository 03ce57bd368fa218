// The engine's operations against plain loops. Tolerances: single precision sums of n terms of size one
// differ from double precision by at most about n · 2⁻²⁴.

import Foundation
import Synchronization
import Tensors
import Testing

@Suite("The engine's operations agree with plain loops")
struct EngineTests {
  private func onWorker(_ body: @Sendable (Worker) throws -> Void) throws {
    try WorkerPool(count: 1).run(chunks: 1) { _, worker in try body(worker) }
  }

  @Test(
    "A linear layer, with every activation, with and without bias, added or not",
    arguments: [Activation.identity, .relu, .quickGelu, .gelu])
  func linear(activation: Activation) throws {
    // More than 512 columns: rows are copied; fewer: they are read where they lie.
    for (rows, inputs, outputs) in [(1, 8, 8), (7, 13, 5), (33, 64, 192), (256, 128, 96), (20, 150, 640)] {
      for hasBias in [true, false] {
        var generator = SplitMix64(seed: 3)
        let x = Plain.noise(rows * inputs, &generator)
        let w = Plain.noise(outputs * inputs, &generator)
        let b = hasBias ? Plain.noise(outputs, &generator) : nil
        let start = Plain.noise(rows * outputs, &generator)
        let layer = Linear(weights: w, bias: b, inputs: inputs, outputs: outputs, activation: activation)
        try onWorker { worker in
          for adding in [false, true] {
            var y = start
            layer(x, rows: rows, into: &y, adding: adding, on: worker)
            let wanted = Plain.linear(
              x, w, b, rows: rows, inputs: inputs, outputs: outputs, activation, adding: adding ? start : nil)
            #expect(Plain.worst(y, wanted) < 2e-5, "\(rows)x\(inputs)x\(outputs) adding \(adding)")
          }
        }
      }
    }
  }

  @Test("A linear layer reads transposed weights")
  func transposed() throws {
    var generator = SplitMix64(seed: 4)
    let x = Plain.noise(3 * 10, &generator)
    let w = Plain.noise(10 * 6, &generator)
    let flipped = (0..<6).flatMap { output in (0..<10).map { w[$0 * 6 + output] } }
    let layer = Linear(weights: w, bias: nil, inputs: 10, outputs: 6, transposed: true)
    try onWorker { worker in
      var y = [Float](repeating: 0, count: 18)
      layer(x, rows: 3, into: &y, on: worker)
      #expect(
        Plain.worst(y, Plain.linear(x, flipped, nil, rows: 3, inputs: 10, outputs: 6, .identity)) < 1e-5)
    }
  }

  @Test("Rounding to bfloat16 stays within its half unit in the last place")
  func bfloat16() throws {
    var generator = SplitMix64(seed: 5)
    let (rows, inputs, outputs) = (20, 64, 32)
    let x = Plain.noise(rows * inputs, &generator)
    let w = Plain.noise(outputs * inputs, &generator)
    let layer = Linear(weights: w, bias: nil, inputs: inputs, outputs: outputs, precision: .bf16)
    try onWorker { worker in
      var y = [Float](repeating: 0, count: rows * outputs)
      layer(x, rows: rows, into: &y, on: worker)
      let worst = Plain.worst(
        y, Plain.linear(x, w, nil, rows: rows, inputs: inputs, outputs: outputs, .identity))
      // Two roundings of 2⁻⁹ each over 64 products of size at most one, with random signs: 64^½ · 2⁻⁸ is generous.
      #expect(worst < 8.0 / 256 && worst > 1e-5)
    }
  }

  @Test("A convolution, with stride, padding and a fused sum")
  func convolution() throws {
    for (side, inputs, outputs, kernel, stride, padding) in [
      (8, 3, 16, 3, 2, 1), (7, 8, 8, 3, 1, 1), (6, 12, 20, 1, 1, 0), (8, 3, 24, 4, 4, 0),
    ] {
      var generator = SplitMix64(seed: 6)
      let batch = 3
      let x = Plain.noise(batch * side * side * inputs, &generator)
      let w = Plain.noise(outputs * inputs * kernel * kernel, &generator)
      let b = Plain.noise(outputs, &generator)
      let layer = Convolution(
        weights: w, bias: b, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
        padding: padding,
        activation: .relu)
      let after = layer.side(side)
      try onWorker { worker in
        var y = [Float](repeating: 0, count: batch * after * after * outputs)
        layer(x, batch: batch, height: side, width: side, into: &y, on: worker)
        let wanted = Plain.convolution(
          x, w, b, batch: batch, side: side, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
          padding: padding, .relu)
        #expect(Plain.worst(y, wanted) < 1e-5, "kernel \(kernel) stride \(stride)")
        var sum = [Float](repeating: 1, count: y.count)
        let linear = Convolution(
          weights: w, bias: b, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
          padding: padding)
        sum.withUnsafeMutableBufferPointer { buffer in
          guard let start = buffer.baseAddress else { return }
          let rows = Rows(start, row: outputs)
          linear(x, batch: batch, height: side, width: side, into: rows, adding: rows, on: worker)
        }
        let plain = Plain.convolution(
          x, w, b, batch: batch, side: side, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
          padding: padding, .identity)
        #expect(Plain.worst(sum, plain.map { $0 + 1 }) < 1e-5, "a sum with kernel \(kernel)")
      }
    }
  }

  @Test("Winograd's convolution agrees with plain loops at every size of map, and in any company")
  func winograd() throws {
    for (side, inputs, outputs) in [(1, 16, 16), (7, 32, 16), (9, 16, 48)] {
      var generator = SplitMix64(seed: 12)
      let batch = 20
      let x = Plain.noise(batch * side * side * inputs, &generator)
      let w = Plain.noise(outputs * inputs * 9, &generator)
      let b = Plain.noise(outputs, &generator)
      let layer = WinogradConvolution(
        weights: w, bias: b, inputs: inputs, outputs: outputs, activation: .relu)
      try onWorker { worker in
        let size = side * side * outputs
        var y = [Float](repeating: .nan, count: batch * size)
        layer(x, batch: batch, height: side, width: side, into: &y, on: worker)
        let wanted = Plain.convolution(
          x, w, b, batch: batch, side: side, inputs: inputs, outputs: outputs, kernel: 3, stride: 1,
          padding: 1, .relu)
        // 288 products of size one; the transforms round about twice as coarsely as a direct sum.
        #expect(Plain.worst(y, wanted) < 5e-5, "side \(side)")
        var single = [Float](repeating: .nan, count: size)
        layer(
          Array(x.suffix(side * side * inputs)), batch: 1, height: side, width: side, into: &single,
          on: worker)
        #expect(single[...] == y.suffix(size))
      }
    }
  }

  @Test("Layer norm and average pooling")
  func normalization() throws {
    var generator = SplitMix64(seed: 7)
    let (rows, width) = (9, 48)
    let x = Plain.noise(rows * width, &generator, scale: 3)
    let gain = Plain.noise(width, &generator)
    let bias = Plain.noise(width, &generator)
    let norm = LayerNorm(gain: gain, bias: bias)
    let maps = Plain.noise(2 * 4 * 4 * 5, &generator)
    try onWorker { worker in
      var y = [Float](repeating: 0, count: rows * width)
      norm(x, rows: rows, into: &y)
      var wanted = [Double](repeating: 0, count: rows * width)
      for row in 0..<rows {
        let line = x[row * width..<(row + 1) * width].map(Double.init)
        let mean = line.reduce(0, +) / Double(width)
        let variance = line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        for column in 0..<width {
          wanted[row * width + column] =
            (line[column] - mean) / (variance + 1e-5).squareRoot() * Double(gain[column])
            + Double(bias[column])
        }
      }
      #expect(Plain.worst(y, wanted) < 1e-5)

      var pooled = [Float](repeating: 0, count: 2 * 2 * 2 * 5)
      AveragePool(side: 2)(maps, batch: 2, height: 4, width: 4, channels: 5, into: &pooled)
      for n in 0..<2 {
        for y in 0..<2 {
          for x in 0..<2 {
            for c in 0..<5 {
              let cells = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
                maps[((n * 4 + 2 * y + $0.0) * 4 + 2 * x + $0.1) * 5 + c]
              }
              #expect(abs(pooled[((n * 2 + y) * 2 + x) * 5 + c] - cells.reduce(0, +) / 4) < 1e-6)
            }
          }
        }
      }
    }
  }

  @Test("Attention for every head of every item")
  func attention() throws {
    var generator = SplitMix64(seed: 8)
    let (batch, rows, heads, head) = (3, 11, 2, 16)
    let width = heads * head
    let qkv = Plain.noise(batch * rows * 3 * width, &generator)
    let layer = Attention(heads: heads, headWidth: head)
    try onWorker { worker in
      let result = worker.floats(batch * rows * width)
      let view = Attention.View(item: rows * 3 * width, row: 3 * width)
      qkv.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        layer(
          query: (base, view), key: (base + width, view), value: (base + 2 * width, view),
          into: (result, .init(item: rows * width, row: width)), batch: batch, queries: rows, keys: rows,
          on: worker)
      }
      let y = Array(UnsafeBufferPointer(start: result, count: batch * rows * width))
      var wanted = [Double](repeating: 0, count: y.count)
      for n in 0..<batch {
        for h in 0..<heads {
          for q in 0..<rows {
            func at(_ row: Int, _ part: Int, _ column: Int) -> Double {
              Double(qkv[(n * rows + row) * 3 * width + part * width + h * head + column])
            }
            let scores = (0..<rows).map { k in (0..<head).reduce(0.0) { $0 + at(q, 0, $1) * at(k, 1, $1) } }
            let total = scores.reduce(0) { $0 + exp($1) }
            for column in 0..<head {
              wanted[(n * rows + q) * width + h * head + column] =
                (0..<rows).reduce(0.0) { $0 + exp(scores[$1]) / total * at($1, 2, column) }
            }
          }
        }
      }
      #expect(Plain.worst(y, wanted) < 1e-5)
    }
  }

  @Test("Attention in a forest of prefixes sees a node and its ancestors, and nothing else")
  func prefixAttention() throws {
    var generator = SplitMix64(seed: 9)
    // Two roots; node 4 branches off node 1.
    let parents: [Int32] = [-1, 0, 1, 2, 1, -1, 5]
    let (heads, head) = (2, 24)
    let (nodes, width) = (parents.count, heads * head)
    let queries = Plain.noise(nodes * width, &generator)
    let keysValues = Plain.noise(nodes * 2 * width, &generator)
    var y = [Float](repeating: 0, count: nodes * width)
    PrefixAttention(heads: heads, headWidth: head)(
      queries: queries, keysValues: keysValues, nodes: (0..<nodes).map(Int32.init), parents: parents, into: &y
    )
    var wanted = [Double](repeating: 0, count: y.count)
    for node in 0..<nodes {
      let seen = Array(
        sequence(first: node) { parents[$0] >= 0 ? Int(parents[$0]) : nil })
      for h in 0..<heads {
        func key(_ row: Int, _ column: Int) -> Double {
          Double(keysValues[row * 2 * width + h * head + column])
        }
        func value(_ row: Int, _ column: Int) -> Double {
          Double(keysValues[(row * 2 + 1) * width + h * head + column])
        }
        let scores = seen.map { row in
          (0..<head).reduce(0.0) { $0 + Double(queries[node * width + h * head + $1]) * key(row, $1) }
        }
        let total = scores.reduce(0) { $0 + exp($1) }
        for column in 0..<head {
          wanted[node * width + h * head + column] =
            zip(seen, scores).reduce(0.0) { $0 + exp($1.1) / total * value($1.0, column) }
        }
      }
    }
    #expect(Plain.worst(y, wanted) < 1e-5)
  }

  @Test("Every element of a product is one chain of fused multiply-adds: equal bits in any company")
  func bits() throws {
    var generator = SplitMix64(seed: 10)
    // Depths around the slices and blocks of the kernels; rows and columns around their tiles.
    for (rows, inputs, outputs) in [(1, 255, 33), (97, 257, 17), (203, 1030, 48), (5, 1, 1)] {
      let x = Plain.noise(rows * inputs, &generator)
      let w = Plain.noise(outputs * inputs, &generator)
      let layer = Linear(weights: w, bias: nil, inputs: inputs, outputs: outputs)
      var chains = [Float](repeating: 0, count: rows * outputs)
      for row in 0..<rows {
        for output in 0..<outputs {
          var sum: Float = 0
          for k in 0..<inputs { sum.addProduct(x[row * inputs + k], w[output * inputs + k]) }
          chains[row * outputs + output] = sum
        }
      }
      let wanted = chains
      try onWorker { worker in
        var y = wanted.map { _ in Float.nan }
        layer(x, rows: rows, into: &y, on: worker)
        if Backend.instructionSet == "portable" {
          #expect(Plain.worst(y, wanted.map(Double.init)) < 1e-4)
        } else {
          #expect(y == wanted, "\(rows)x\(inputs)x\(outputs)")
        }
        // The last row alone.
        var single = [Float](repeating: .nan, count: outputs)
        x.withUnsafeBufferPointer { buffer in
          guard let start = buffer.baseAddress else { return }
          layer(start + (rows - 1) * inputs, rows: 1, into: &single, on: worker)
        }
        #expect(single[...] == y[((rows - 1) * outputs)...])
      }
    }
  }

  @Test("Products read and write rows where they lie")
  func strides() throws {
    var generator = SplitMix64(seed: 11)
    let (items, perItem, inputs, outputs) = (3, 4, 5, 6)
    let x = Plain.noise(items * 50, &generator)
    let places = Plain.noise(perItem * outputs, &generator)
    let w = Plain.noise(outputs * inputs, &generator)
    let layer = Linear(weights: w, bias: nil, inputs: inputs, outputs: outputs)
    try onWorker { worker in
      var result = [Float](repeating: 7, count: items * 40)
      layer(
        Rows(x, perItem: perItem, item: 50, row: 8), rows: items * perItem,
        into: Rows(&result, perItem: perItem, item: 40, row: 10),
        adding: Rows(places, perItem: perItem, item: 0, row: outputs), on: worker)
      for item in 0..<items {
        for row in 0..<perItem {
          let line = Array(x[(item * 50 + row * 8)...].prefix(inputs))
          let wanted = Plain.linear(
            line, w, nil, rows: 1, inputs: inputs, outputs: outputs, .identity,
            adding: Array(places[(row * outputs)...].prefix(outputs)))
          let found = Array(result[(item * 40 + row * 10)...].prefix(10))
          #expect(Plain.worst(Array(found.prefix(outputs)), wanted) < 1e-6)
          #expect(found.suffix(4) == [7, 7, 7, 7], "nothing is written between rows")
        }
      }
    }
  }

  @Test("Subnormal numbers are zero to every worker, and to nobody after it", arguments: [1, 2])
  func subnormals(workers: Int) throws {
    let tiny = Float.leastNonzeroMagnitude
    @Sendable func isLost() -> Bool { tiny * Float(ProcessInfo.processInfo.processorCount) == 0 }
    let lost = Mutex(0)
    try WorkerPool(count: workers).run(chunks: 8) { _, _ in
      if isLost() { lost.withLock { $0 += 1 } }
    }
    #expect(lost.withLock { $0 } == 8)
    #expect(!isLost())
  }

  @Test("A pass that needs more than the last one keeps what it wrote")
  func arena() {
    let pool = WorkerPool(count: 1)
    for size in [10, 700_000, 20, 1_500_000] {
      pool.forEach(chunks: 2) { _, worker in
        let outer = worker.floats(size)
        outer.update(repeating: 1, count: size)
        for _ in 0..<3 {
          worker.scope {
            let (one, other) = (worker.floats(size / 2), worker.floats(size))
            one.update(repeating: 2, count: size / 2)
            other.update(repeating: 3, count: size)
            #expect(one[size / 2 - 1] == 2 && other[0] == 3)
          }
        }
        let after = worker.floats(size)
        after.update(repeating: 4, count: size)
        #expect((0..<size).allSatisfy { outer[$0] == 1 })
      }
    }
  }

  @Test("The pool runs every chunk once and throws the first chunk's error")
  func pool() throws {
    struct Failure: Error, Equatable { var chunk: Int }
    let pool = WorkerPool(count: 2)
    let seen = UnsafeCounter(count: 100)
    try pool.run(chunks: 100) { chunk, _ in seen.add(chunk) }
    #expect(seen.counts.allSatisfy { $0 == 1 })
    #expect(throws: Failure.self) {
      try pool.run(chunks: 8) { chunk, _ in if chunk >= 2 { throw Failure(chunk: chunk) } }
    }
  }
}

/// One counter a chunk; every chunk writes its own.
final class UnsafeCounter: @unchecked Sendable {
  private(set) var counts: [Int]
  private let lock = NSLock()
  init(count: Int) { counts = [Int](repeating: 0, count: count) }
  func add(_ index: Int) { lock.withLock { counts[index] += 1 } }
}
