/// The segments of a name that messages are published to, with the numbers that an index has for them.
struct NameSegments {
    struct Part {
        let separator: SegmentSeparator
        /// Nil if no pattern has the text.
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

    /// Calls `body` with the labels that stand for a segment: of its text and of any, with each separator that it may
    /// have for a pattern. The first, behind a `**` that stands for nothing, may have each.
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
