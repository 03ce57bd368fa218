// What the report is drawn with: libraries and faces, for a look at the machine.

import CCairo
import CQPDF

/// Libraries and faces under the report.
public enum ReportLibraries {
  /// Name and version of each library.
  public static var versions: [String: String] {
    [
      "Cairo": String(cString: cairo_version_string()), "Pango": String(cString: pango_version_string()),
      "qpdf": String(cString: qpdf_get_qpdf_version()),
    ]
  }

  /// Faces that the report cannot do without, each with the Debian package that has it and whether it is installed.
  public static var faces: [(family: String, package: String, isInstalled: Bool)] {
    let wanted = [("Inter", "fonts-inter"), ("DejaVu Sans Mono", "fonts-dejavu-core")]
    let known = families
    return wanted.map { ($0.0, $0.1, known.contains($0.0)) }
  }

  private static var families: Set<String> {
    guard let map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT) else { return [] }
    defer { g_object_unref(UnsafeMutableRawPointer(map)) }
    var list: UnsafeMutablePointer<UnsafeMutablePointer<PangoFontFamily>?>?
    var count: Int32 = 0
    pango_font_map_list_families(map, &list, &count)
    defer { g_free(list) }
    return Set(
      (0..<Int(count)).compactMap { list?[$0].map { String(cString: pango_font_family_get_name($0)) } })
  }
}
