/// The separator before a segment.
enum SegmentSeparator: UInt8, Sendable, CaseIterable {
    /// The first segment has no separator.
    case none, dot, slash, colon

    init?(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "."): self = .dot
        case UInt8(ascii: "/"): self = .slash
        case UInt8(ascii: ":"): self = .colon
        default: return nil
        }
    }
}

/// A segment of a name or a pattern, as a range of the text.
struct Segment: Sendable {
    let separator: SegmentSeparator
    let bytes: Range<Int>
}

/// Splits a text into segments.
struct SegmentSplitter: IteratorProtocol {
    private let text: UnsafeBufferPointer<UInt8>
    /// The start of the next segment; nil after the last.
    private var start: Int? = 0
    private var separator = SegmentSeparator.none

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func next() -> Segment? {
        guard let start else { return nil }
        var end = start
        var following: SegmentSeparator?
        while end < text.count {
            following = SegmentSeparator(text[end])
            if following != nil { break }
            end += 1
        }
        let segment = Segment(separator: separator, bytes: start..<end)
        self.start = following == nil ? nil : end + 1
        separator = following ?? .none
        return segment
    }
}
