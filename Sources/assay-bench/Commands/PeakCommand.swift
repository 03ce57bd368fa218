// peak KIND SECONDS: fused multiply-adds in registers on every thread, the ceiling of all kernels.

import ArgumentParser
import CAssay
import Foundation
import Synchronization

enum PeakCommand: ServedCommand {
  static let name = "peak"
  static let usage = "peak f32|bf16 SECONDS          multiply and add in registers, on all threads"

  static func answer(_ words: [String], on bench: Bench) throws -> Answer {
    guard words.count == 2, let seconds = Double(words[1]), 0.001...60 ~= seconds,
      words[0] == "f32" || words[0] == "bf16"
    else { throw ValidationError(usage) }
    let loop = words[0] == "f32" ? assay_peak_f32 : assay_peak_bf16
    let done = Mutex(0.0)
    let (_, time) = Stopwatch.time {
      DispatchQueue.concurrentPerform(iterations: bench.options.threads) { _ in
        let operations = loop(seconds)
        done.withLock { $0 += operations }
      }
    }
    var answer = Answer(time)
    answer.operations = done.withLock { $0 }
    return answer
  }
}
