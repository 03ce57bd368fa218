// The same labelled images in more pixels: what a case found in its own size has to hold for them too.

import Storage
import Testing

/// Writes a labelled set with each pixel `times` by `times` of them; returns its path.
func enlarged(_ path: String, by times: Int, in folder: Folder) throws -> String {
  let set = try HDF5Reader(path: path)
  let shape = try #require(set.dataset("images")?.shape)
  let pixels = try set.bytes("images")
  let (rows, height, width) = (shape[0], shape[1] * times, shape[2] * times)
  var larger = [UInt8](repeating: 0, count: rows * height * width * 3)
  for index in 0..<rows * height * width {
    let (row, y, x) = (index / (height * width), index / width % height, index % width)
    let from = ((row * shape[1] + y / times) * shape[2] + x / times) * 3
    for channel in 0..<3 { larger[3 * index + channel] = pixels[from + channel] }
  }
  let result = folder.file("times-\(times).h5")
  let writer = try HDF5Writer(path: result)
  try writer.write(larger, shape: [rows, height, width, 3], to: "images")
  try writer.write(try set.integers("labels"), to: "labels")
  try writer.write(try set.strings("label_names"), to: "label_names")
  try writer.close()
  return result
}
