/// The distinct texts of a list, in the order of their first occurrence.
package struct DistinctTexts: Sendable {
    package private(set) var texts: [String] = []
    /// Whether the list has more distinct texts than the limit. Reading stops at the first text beyond the limit.
    package private(set) var exceedsLimit = false

    /// Reads a list.
    /// - Parameters:
    ///   - list: A string, or an array of strings.
    ///   - limit: The maximum number of distinct texts to read; nil for no limit.
    /// - Throws: A mismatch if a value in the part of the list that was read is not a string.
    /// - Complexity: Linear in the bytes of the list. Only distinct texts are copied.
    package init(_ list: TapeCursor, limit: Int?) throws(WireDecodingError) {
        if let text = list.string {
            texts = [text]
            return
        }
        guard let elements = list.elements else { throw list.mismatch("an array") }
        var seen: Set<LentText> = []
        for (index, element) in elements.enumerated() {
            guard let bytes = element.text else { throw element.mismatch("a string").within(String(index)) }
            guard seen.insert(LentText(bytes: bytes)).inserted else { continue }
            guard limit.map({ texts.count < $0 }) ?? true else {
                exceedsLimit = true
                return
            }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// A text on the tape. It is compared by its bytes and not copied.
private struct LentText: Hashable {
    let bytes: UnsafeRawBufferPointer

    static func == (a: LentText, b: LentText) -> Bool { a.bytes.elementsEqual(b.bytes) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}
