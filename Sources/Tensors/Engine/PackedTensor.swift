// Weights, converted and packed once into the layout that a primitive asked for.

import CAssay
import CDNNL

/// Constant data in oneDNN's own layout.
final class PackedTensor: @unchecked Sendable {
  let descriptor: dnnl_memory_desc_t
  let pointer: UnsafeMutableRawPointer

  /// Reorders plain single-precision data, described by `plain`, into `packed`.
  init(_ values: [Float], plain: dnnl_memory_desc_t, packed: dnnl_memory_desc_t) {
    descriptor = packed
    pointer = .allocate(byteCount: max(64, packed.byteCount), alignment: Worker.alignment)
    var (from, to) = (plain, packed)
    var description: dnnl_primitive_desc_t?
    let engine = Backend.engine.handle
    Backend.check(
      dnnl_reorder_primitive_desc_create(&description, &from, engine, &to, engine, nil), "plan a reorder")
    var primitive: dnnl_primitive_t?
    Backend.check(dnnl_primitive_create(&primitive, description), "compile a reorder")
    var stream: dnnl_stream_t?
    Backend.check(
      dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "open a stream")
    values.withUnsafeBytes { source in
      var memories: [dnnl_memory_t?] = [nil, nil]
      let raw = UnsafeMutableRawPointer(mutating: source.baseAddress)
      Backend.check(dnnl_memory_create(&memories[0], &from, engine, raw), "bind weights")
      Backend.check(dnnl_memory_create(&memories[1], &to, engine, pointer), "bind packed weights")
      let arguments = [
        dnnl_exec_arg_t(arg: Argument.source, memory: memories[0]),
        dnnl_exec_arg_t(arg: Argument.destination, memory: memories[1]),
      ]
      Backend.check(dnnl_primitive_execute(primitive, stream, 2, arguments), "pack weights")
      Backend.check(dnnl_stream_wait(stream), "finish packing")
      for memory in memories { dnnl_memory_destroy(memory) }
    }
    dnnl_stream_destroy(stream)
    dnnl_primitive_destroy(primitive)
    dnnl_primitive_desc_destroy(description)
  }

  deinit { pointer.deallocate() }
}

/// Constant floats at a stable, aligned address.
final class ConstantVector: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>

  init(_ values: [Float]) {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, values.count * MemoryLayout<Float>.stride), alignment: Worker.alignment)
    pointer = raw.bindMemory(to: Float.self, capacity: max(1, values.count))
    pointer.update(from: values, count: values.count)
  }

  deinit { pointer.deallocate() }
}

/// Rounds single precision to bfloat16: as such where the processor multiplies it, or back in single precision.
enum BFloat16Rounding {
  static func rounded(_ values: [Float]) -> [Float] {
    var half = [UInt16](repeating: 0, count: values.count)
    var result = values
    assay_f32_to_bf16(values, &half, values.count)
    assay_bf16_to_f32(half, &result, values.count)
    return result
  }

  /// The operand a bfloat16 product reads: bfloat16 where `native`, else the rounded values in single precision.
  static func operand(_ x: UnsafePointer<Float>, count: Int, native: Bool, worker: Worker) -> UnsafeRawPointer
  {
    let half = worker.allocate(count, of: UInt16.self)
    assay_f32_to_bf16(x, half, count)
    if native { return UnsafeRawPointer(half) }
    let back = worker.floats(count)
    assay_bf16_to_f32(half, back, count)
    return UnsafeRawPointer(back)
  }
}
