/// An element of a pattern as a number: the text or `*` for one segment with the separator before it, or `**`.
struct SegmentLabel: Hashable, Sendable {
    /// Matches any number of segments with any separators.
    static let many = SegmentLabel(rawValue: 1 << 2)
    private static let firstText: UInt32 = 2

    let rawValue: UInt32

    private init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Matches any single segment.
    static func one(_ separator: SegmentSeparator) -> SegmentLabel {
        SegmentLabel(rawValue: UInt32(separator.rawValue))
    }

    /// Matches a segment whose text has this number in ``SegmentTexts``.
    static func text(_ number: UInt32, _ separator: SegmentSeparator) -> SegmentLabel {
        SegmentLabel(rawValue: (number + firstText) << 2 | UInt32(separator.rawValue))
    }

    /// The number of the text; nil for wildcards.
    var textNumber: UInt32? {
        let number = rawValue >> 2
        return number < Self.firstText ? nil : number - Self.firstText
    }

    /// One of 64 bits, derived from the label; 0 for wildcards. Few other texts have the same bit.
    var mark: UInt64 {
        textNumber == nil ? 0 : 1 << (UInt64(rawValue) &* 0x9E37_79B9_7F4A_7C15 >> 58)
    }
}
