// One compiled oneDNN operation: created once per shape, executed by any worker with its own scratchpad.

import CDNNL

/// What is done to a result before it is stored.
enum PostOperation {
  case activate(Activation)
  case addToDestination
}

/// An elementwise function fused into a product.
public enum Activation: Sendable, Hashable {
  /// None.
  case identity
  /// max(x, 0)
  case relu
  /// x · sigmoid(1.702 x), OpenAI's approximation.
  case quickGelu
  /// x / 2 · (1 + erf(x / √2))
  case gelu
}

final class Primitive: @unchecked Sendable {
  private let handle: dnnl_primitive_t?
  /// Implementation name, for profiles.
  let implementation: String
  private let scratchpad: dnnl_memory_desc_t?
  private let descriptors: [Int32: dnnl_memory_desc_t]

  /// Compiles an operation; nil when the library has no implementation for it.
  init?(
    _ operation: UnsafeRawPointer, post: [PostOperation] = [],
    arguments: (_ weights: dnnl_memory_desc_t?) -> [Int32: dnnl_memory_desc_t]
  ) {
    var attributes: dnnl_primitive_attr_t?
    Backend.check(dnnl_primitive_attr_create(&attributes), "create attributes")
    defer { dnnl_primitive_attr_destroy(attributes) }
    dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user)
    Primitive.append(post, to: attributes)
    var description: dnnl_primitive_desc_t?
    let status = dnnl_primitive_desc_create(&description, operation, attributes, Backend.engine.handle, nil)
    guard status == dnnl_success else { return nil }
    defer { dnnl_primitive_desc_destroy(description) }
    scratchpad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)?.pointee
    descriptors = arguments(dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0)?.pointee)
    var name: UnsafePointer<CChar>?
    dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name)
    implementation = name.map { String(cString: $0) } ?? "unknown"
    var primitive: dnnl_primitive_t?
    Backend.check(dnnl_primitive_create(&primitive, description), "compile \(implementation)")
    handle = primitive
  }

  deinit { dnnl_primitive_destroy(handle) }

  private static func append(_ post: [PostOperation], to attributes: dnnl_primitive_attr_t?) {
    guard !post.isEmpty else { return }
    var chain: dnnl_post_ops_t?
    Backend.check(dnnl_post_ops_create(&chain), "create post operations")
    defer { dnnl_post_ops_destroy(chain) }
    for operation in post {
      switch operation {
      case .addToDestination: dnnl_post_ops_append_sum(chain, 1)
      case .activate(.identity): break
      case .activate(.relu): dnnl_post_ops_append_eltwise(chain, 1, dnnl_eltwise_relu, 0, 0)
      case .activate(.quickGelu): dnnl_post_ops_append_eltwise(chain, 1, dnnl_eltwise_swish, 1.702, 0)
      case .activate(.gelu): dnnl_post_ops_append_eltwise(chain, 1, dnnl_eltwise_gelu_erf, 0, 0)
      }
    }
    dnnl_primitive_attr_set_post_ops(attributes, chain)
  }

  /// Runs the operation on the caller's thread.
  func run(_ worker: Worker, _ buffers: [(argument: Int32, pointer: UnsafeRawPointer)]) {
    withUnsafeTemporaryAllocation(of: dnnl_exec_arg_t.self, capacity: buffers.count + 1) { list in
      var count = 0
      func add(_ argument: Int32, _ descriptor: dnnl_memory_desc_t, _ pointer: UnsafeRawPointer) {
        var memory: dnnl_memory_t?
        var copy = descriptor
        let raw = UnsafeMutableRawPointer(mutating: pointer)
        Backend.check(
          dnnl_memory_create(&memory, &copy, Backend.engine.handle, raw), "bind argument \(argument)")
        list[count] = dnnl_exec_arg_t(arg: argument, memory: memory)
        count += 1
      }
      for (argument, pointer) in buffers {
        guard let descriptor = descriptors[argument] else {
          preconditionFailure("unknown argument \(argument)")
        }
        add(argument, descriptor, pointer)
      }
      if let scratchpad, scratchpad.byteCount > 0 {
        add(80, scratchpad, worker.scratchpad(bytes: scratchpad.byteCount))
      }
      Backend.check(
        dnnl_primitive_execute(handle, worker.stream, Int32(count), list.baseAddress), "run \(implementation)"
      )
      Backend.check(dnnl_stream_wait(worker.stream), "finish \(implementation)")
      for index in 0..<count { dnnl_memory_destroy(list[index].memory) }
    }
  }
}

/// Oriented arguments by their oneDNN numbers.
enum Argument {
  static let source: Int32 = 1
  static let destination: Int32 = 17
  static let weights: Int32 = 33
  static let bias: Int32 = 41
  static let scale: Int32 = 51
  static let shift: Int32 = 52
}
