/// The segments of a channel name, with their numbers in an index.
struct NameSegments {
    struct Part {
        let separator: SegmentSeparator
        /// The number of the text; nil if no pattern contains it.
        let text: UInt32?
    }

    private(set) var parts: [Part] = []

    init(_ name: UnsafeBufferPointer<UInt8>, _ texts: SegmentTexts) {
        parts.reserveCapacity(8)
        var splitter = SegmentSplitter(name)
        while let segment = splitter.next() {
            parts.append(Part(separator: segment.separator, text: texts.number(of: name[segment.bytes])))
        }
    }

    var count: Int { parts.count }

    /// Calls `body` with every label that matches a segment: its text and the wildcard, with each separator that a
    /// pattern may have there. After a `**` that matches no segments, the name's first segment matches with any
    /// separator.
    func forEachLabel(of index: Int, isBehindMany: Bool, _ body: (SegmentLabel) -> Void) {
        let part = parts[index]
        func labels(_ separator: SegmentSeparator) {
            if let text = part.text { body(.text(text, separator)) }
            body(.one(separator))
        }
        if index == 0, isBehindMany {
            for separator in SegmentSeparator.allCases where separator != .none { labels(separator) }
        } else {
            labels(part.separator)
        }
    }
}
