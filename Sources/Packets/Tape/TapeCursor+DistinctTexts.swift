/// The different texts of a list, each once, in the order in which they first occur.
package struct DistinctTexts: Sendable {
    package private(set) var texts: [String] = []
    /// Whether the list has more different texts than were asked for. Then reading it has stopped.
    package private(set) var exceedsLimit = false

    /// - Parameters:
    ///   - list: a string, or an array of strings.
    ///   - limit: the number of different texts to read; nil for all of them.
    /// - Throws: a mismatch, if the part of the list that was read has one.
    /// - Complexity: linear in the bytes of the list. Only different texts are copied.
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

/// The bytes of a text on the tape, compared as bytes.
private struct LentText: Hashable {
    let bytes: UnsafeRawBufferPointer

    static func == (a: LentText, b: LentText) -> Bool { a.bytes.elementsEqual(b.bytes) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}
