// What Cairo 1.16 cannot write, added by libqpdf: the language, the window title, alternative texts of figures, the
// scope of table heads, the tab order, the findings themselves as an attachment, and an /ID made from the content
// (report.md E3.4, E4). The only file that knows qpdf.

import CQPDF
import Evidence

/// Completes a tagged PDF.
struct Completion {
  /// Alternative texts, in the order in which figures were opened.
  var alternatives: [String]
  /// The file to attach.
  var attachment: [UInt8]
  /// Its name.
  var attachmentName: String

  /// The completed document; equal input gives equal bytes.
  func complete(_ pdf: [UInt8]) throws -> [UInt8] {
    var handle: qpdf_data? = qpdf_init()
    defer { qpdf_cleanup(&handle) }
    guard let document = handle else { throw fault("it could not be started") }
    qpdf_silence_errors(document)
    qpdf_set_suppress_warnings(document, 1)
    let read = pdf.withUnsafeBytes {
      qpdf_read_memory(
        document, "report.pdf", $0.bindMemory(to: CChar.self).baseAddress, UInt64($0.count), nil)
    }
    guard read == 0 else { throw fault(message(document)) }
    let root = qpdf_get_root(document)
    describe(root, document)
    attach(to: root, document)
    setTabOrder(document)
    var figures = alternatives[...]
    let tree = qpdf_oh_get_key(document, root, "/StructTreeRoot")
    annotate(qpdf_oh_get_key(document, tree, "/K"), document, &figures)
    guard figures.isEmpty else { throw fault("it has fewer figures than alternative texts") }
    guard qpdf_init_write_memory(document) == 0 else { throw fault(message(document)) }
    qpdf_set_deterministic_ID(document, 1)
    let written = qpdf_write(document)
    guard written == 0, qpdf_has_error(document) == 0, let bytes = qpdf_get_buffer(document) else {
      throw fault(message(document))
    }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(qpdf_get_buffer_length(document))))
  }

  private func describe(_ root: qpdf_oh, _ document: qpdf_data) {
    qpdf_oh_replace_key(document, root, "/Lang", qpdf_oh_new_string(document, "en"))
    let preferences = qpdf_oh_parse(document, "<< /DisplayDocTitle true >>")
    qpdf_oh_replace_key(document, root, "/ViewerPreferences", preferences)
  }

  private func attach(to root: qpdf_oh, _ document: qpdf_data) {
    let stream = qpdf_oh_new_stream(document)
    attachment.withUnsafeBufferPointer {
      qpdf_oh_replace_stream_data(
        document, stream, $0.baseAddress, $0.count, qpdf_oh_new_null(document), qpdf_oh_new_null(document))
    }
    let header = qpdf_oh_get_dict(document, stream)
    qpdf_oh_replace_key(document, header, "/Type", qpdf_oh_new_name(document, "/EmbeddedFile"))
    qpdf_oh_replace_key(document, header, "/Subtype", qpdf_oh_new_name(document, "/application/json"))
    qpdf_oh_replace_key(
      document, header, "/Params", qpdf_oh_parse(document, "<< /Size \(attachment.count) >>"))
    let specification = qpdf_oh_parse(document, "<< /Type /Filespec /AFRelationship /Data >>")
    for key in ["/F", "/UF"] {
      qpdf_oh_replace_key(document, specification, key, qpdf_oh_new_unicode_string(document, attachmentName))
    }
    qpdf_oh_replace_key(
      document, specification, "/Desc",
      qpdf_oh_new_string(document, "The findings that this report was drawn from"))
    let files = qpdf_oh_new_dictionary(document)
    qpdf_oh_replace_key(document, files, "/F", stream)
    qpdf_oh_replace_key(document, specification, "/EF", files)
    let reference = qpdf_make_indirect_object(document, specification)
    let list = qpdf_oh_new_array(document)
    qpdf_oh_append_item(document, list, qpdf_oh_new_unicode_string(document, attachmentName))
    qpdf_oh_append_item(document, list, reference)
    let leaf = qpdf_oh_new_dictionary(document)
    qpdf_oh_replace_key(document, leaf, "/Names", list)
    if qpdf_oh_has_key(document, root, "/Names") == 0 {
      qpdf_oh_replace_key(document, root, "/Names", qpdf_oh_new_dictionary(document))
    }
    qpdf_oh_replace_key(document, qpdf_oh_get_key(document, root, "/Names"), "/EmbeddedFiles", leaf)
    let associated = qpdf_oh_new_array(document)
    qpdf_oh_append_item(document, associated, reference)
    qpdf_oh_replace_key(document, root, "/AF", associated)
  }

  private func setTabOrder(_ document: qpdf_data) {
    for index in 0..<max(0, Int(qpdf_get_num_pages(document))) {
      let page = qpdf_get_page_n(document, index)
      qpdf_oh_replace_key(document, page, "/Tabs", qpdf_oh_new_name(document, "/S"))
    }
  }

  /// Walks the structure tree in reading order.
  private func annotate(_ node: qpdf_oh, _ document: qpdf_data, _ figures: inout ArraySlice<String>) {
    if qpdf_oh_is_array(document, node) != 0 {
      for index in 0..<qpdf_oh_get_array_n_items(document, node) {
        annotate(qpdf_oh_get_array_item(document, node, index), document, &figures)
      }
      return
    }
    guard qpdf_oh_is_dictionary(document, node) != 0 else { return }
    let kind = qpdf_oh_get_key(document, node, "/S")
    if qpdf_oh_is_name_and_equals(document, kind, "/Figure") != 0, let text = figures.popFirst() {
      qpdf_oh_replace_key(document, node, "/Alt", qpdf_oh_new_unicode_string(document, text))
    } else if qpdf_oh_is_name_and_equals(document, kind, "/TH") != 0 {
      qpdf_oh_replace_key(
        document, node, "/A", qpdf_oh_parse(document, "<< /O /Table /Scope /Column >>"))
    }
    annotate(qpdf_oh_get_key(document, node, "/K"), document, &figures)
  }

  private func message(_ document: qpdf_data) -> String {
    guard let error = qpdf_has_error(document) != 0 ? qpdf_get_error(document) : qpdf_next_warning(document)
    else { return "it gave no reason" }
    return String(cString: qpdf_get_error_full_text(document, error))
  }

  private func fault(_ problem: String) -> Fault {
    Fault(
      "report.pdf", "qpdf could not complete it (\(problem))",
      do: "keep the case folder and report this as a defect of the report")
  }
}
