/// A parsed pattern of ``PatternSyntax/segments``. Its text is stored elsewhere.
struct SegmentPattern: Sendable {
    enum Kind: Sendable { case text, one, many }

    struct Element: Sendable {
        let kind: Kind
        let segment: Segment

        /// Returns whether a segment with this separator can match.
        ///
        /// A name's first segment has no separator. Only the pattern's first element is compared with it, or an element
        /// after a leading `**` that matches no segments.
        func allows(_ separator: SegmentSeparator) -> Bool {
            separator == segment.separator || separator == .none
        }
    }

    let elements: [Element]

    /// - Returns: Nil if no segment is a wildcard.
    init?(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        let (elements, stray) = text.withBytes(Self.elements)
        if let stray {
            let segment = String(decoding: Array(text.utf8)[stray], as: UTF8.self)
            throw .badChannel(
                text, "'*' and '**' must be whole segments (got '\(segment.shownToCallers)')")
        }
        let wildcards = elements.count { $0.kind != .text }
        guard wildcards > 0 else { return nil }
        guard wildcards <= limits.wildcards else {
            throw .badChannel(text, "at most \(limits.wildcards) wildcards are allowed (got \(wildcards))")
        }
        guard elements.count <= limits.segments else {
            throw .badChannel(
                text, "a pattern may have at most \(limits.segments) segments (got \(elements.count))")
        }
        self.elements = elements
    }

    /// Returns the elements, and the first segment that contains a `*` but is not a wildcard.
    private static func elements(
        of text: UnsafeBufferPointer<UInt8>
    ) -> (elements: [Element], stray: Range<Int>?) {
        let star = UInt8(ascii: "*")
        var elements: [Element] = []
        var splitter = SegmentSplitter(text)
        while let segment = splitter.next() {
            let stars = text[segment.bytes].count { $0 == star }
            let kind: Kind = stars == 0 ? .text : stars == 1 ? .one : .many
            if stars > 2 || stars > 0 && stars < segment.bytes.count { return (elements, segment.bytes) }
            elements.append(Element(kind: kind, segment: segment))
        }
        return (elements, nil)
    }

    func matches(_ name: UnsafeBufferPointer<UInt8>, text: UnsafeBufferPointer<UInt8>) -> Bool {
        var names = SegmentSplitter(name)
        var current = names.next()
        var index = 0
        /// The state for a retry: the element after the last `**`, and the segments that the `**` has not matched yet.
        /// Earlier `**` never need to match more.
        var retry: (index: Int, names: SegmentSplitter)?
        while let segment = current {
            if index < elements.count {
                let element = elements[index]
                if element.kind == .many {
                    index += 1
                    retry = (index, names)
                    continue
                }
                if element.allows(segment.separator)
                    && (element.kind == .one || name[segment.bytes].elementsEqual(text[element.segment.bytes]))
                {
                    index += 1
                    current = names.next()
                    continue
                }
            }
            guard var swallow = retry else { return false }
            names = swallow.names
            current = names.next()
            swallow.names = names
            index = swallow.index
            retry = swallow
        }
        return elements[index...].allSatisfy { $0.kind == .many }
    }

    /// - Parameters:
    ///   - text: The text of this pattern.
    ///   - innerText: The text of `inner`.
    func covers(
        _ inner: SegmentPattern, text: UnsafeBufferPointer<UInt8>, innerText: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        coversElements(elements, inner.elements, isMany: { $0.kind == .many }) { outer, inner in
            guard outer.allows(inner.segment.separator) else { return false }
            if outer.kind == .one { return true }
            return inner.kind == .text
                && text[outer.segment.bytes].elementsEqual(innerText[inner.segment.bytes])
        }
    }
}
