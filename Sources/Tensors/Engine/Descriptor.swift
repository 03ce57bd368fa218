// Memory descriptors: what oneDNN must know of a buffer.

import CDNNL

extension dnnl_memory_desc_t {
  /// A buffer with explicit strides, in elements.
  static func strided(_ dims: [Int], _ strides: [Int], _ type: dnnl_data_type_t = dnnl_f32)
    -> dnnl_memory_desc_t
  {
    var descriptor = dnnl_memory_desc_t()
    Backend.check(
      dnnl_memory_desc_init_by_strides(
        &descriptor, Int32(dims.count), dims.map(Int64.init), type, strides.map(Int64.init)),
      "describe \(dims)")
    return descriptor
  }

  /// A dense row-major buffer.
  static func dense(_ dims: [Int], _ type: dnnl_data_type_t = dnnl_f32) -> dnnl_memory_desc_t {
    var strides = [Int](repeating: 1, count: dims.count)
    for axis in stride(from: dims.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dims[axis + 1]
    }
    return strided(dims, strides, type)
  }

  /// Pictures or feature maps stored channels last; `dims` stay [N, C, H, W].
  static func channelsLast(_ dims: [Int], _ type: dnnl_data_type_t = dnnl_f32) -> dnnl_memory_desc_t {
    let (c, h, w) = (dims[1], dims[2], dims[3])
    return strided(dims, [h * w * c, 1, w * c, c], type)
  }

  /// A buffer whose layout the primitive may choose.
  static func any(_ dims: [Int], _ type: dnnl_data_type_t = dnnl_f32) -> dnnl_memory_desc_t {
    var descriptor = dnnl_memory_desc_t()
    Backend.check(
      dnnl_memory_desc_init_by_tag(
        &descriptor, Int32(dims.count), dims.map(Int64.init), type, dnnl_format_tag_any), "describe \(dims)")
    return descriptor
  }

  var byteCount: Int {
    var copy = self
    return dnnl_memory_desc_get_size(&copy)
  }
}
