// Pasting, resizing and roughness of pictures on a tape, against PyTorch's.

import Foundation
import Storage
import Tensors
import Testing

@testable import Gradients

@Suite("Pictures on a tape") struct PictureTests {
  /// [channels, height, width] to [height, width, channels].
  private func last(_ golden: Golden, _ name: String) throws -> (shape: [Int], values: [Float]) {
    let shape = try golden.shape(name)
    let values = channelsLast(try golden.values(name), [1] + shape)
    return ([shape[1], shape[2], shape[0]], values)
  }

  private func expect(_ found: [Float]?, _ wanted: [Float], _ what: String) {
    #expect(found?.count == wanted.count, "\(what)")
    #expect(zip(found ?? [], wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(what)")
  }

  @Test("A pattern pasted on pictures") func paste() throws {
    let golden = try Golden("paste")
    let tape = Tape(threads: 1)
    let pictures = try golden.leaf(tape, "picture", maps: true)
    let (shape, values) = try last(golden, "pattern")
    let pattern = tape.leaf(shape, values, needsGradient: true)
    let mask = tape.leaf([3, 3], try golden.values("mask"), needsGradient: true)
    let place = (top: Int(golden.number("y")), left: Int(golden.number("x")))
    let y = tape.pasted(pattern, mask: mask, on: pictures, at: [place, place])
    let whole = try golden.shape("output")
    expect(y.values, channelsLast(try golden.values("output"), whole), "the picture")
    tape.backward(from: y, seed: channelsLast(try golden.values("upstream"), whole))
    expect(pictures.gradient, channelsLast(try golden.values("d_picture"), whole), "the picture's gradient")
    expect(pattern.gradient, try last(golden, "d_pattern").values, "the pattern's gradient")
    expect(mask.gradient, try golden.values("d_mask"), "the mask's gradient")
  }

  @Test("A pattern without a mask hides what is under it, in each picture at its own place")
  func places() {
    let tape = Tape(threads: 1)
    let pictures = tape.leaf([2, 3, 3, 1], [Float](repeating: 5, count: 18), needsGradient: true)
    let pattern = tape.leaf([1, 2, 1], [1, 2], needsGradient: true)
    let y = tape.pasted(pattern, on: pictures, at: [(top: 0, left: 0), (top: 2, left: 1)])
    #expect(y.values == [1, 2, 5, 5, 5, 5, 5, 5, 5] + [5, 5, 5, 5, 5, 5, 5, 1, 2])
    tape.backward(from: y, seed: (0..<18).map(Float.init))
    #expect(pattern.gradient == [0 + 16, 1 + 17])
    #expect(pictures.gradient?[0] == 0 && pictures.gradient?[2] == 2 && pictures.gradient?[17] == 0)
  }

  @Test("Total variation") func variation() throws {
    let golden = try Golden("total-variation")
    let tape = Tape(threads: 1)
    let (shape, values) = try last(golden, "pattern")
    let pattern = tape.leaf(shape, values, needsGradient: true)
    let y = tape.totalVariation(pattern)
    expect([y.number], try golden.values("output"), "the roughness")
    tape.backward(from: y)
    expect(pattern.gradient, try last(golden, "d_pattern").values, "its gradient")
  }

  @Test("Standardized pixels are those that the transform writes")
  func standardized() {
    let tape = Tape(threads: 1)
    let pixels = tape.leaf([1, 1, 2, 3], [0, 0.5, 1, 0.25, 0.75, 0.1], needsGradient: true)
    let y = tape.standardized(pixels, mean: [0.5, 0.25, 0], deviation: [0.5, 0.25, 2])
    expect(y.values, [-1, 1, 0.5, -0.5, 2, 0.05], "the values")
    tape.backward(from: y, seed: [1, 1, 1, 1, 1, 1])
    expect(pixels.gradient, [2, 4, 0.5, 2, 4, 0.5], "the gradient")
  }
}
