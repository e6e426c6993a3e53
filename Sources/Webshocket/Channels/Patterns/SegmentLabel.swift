/// What an element of a pattern asks of one segment, as a number: the text or any, and the separator in front.
struct SegmentLabel: Hashable, Sendable {
    /// For any number of segments; their separators are free.
    static let many = SegmentLabel(rawValue: 1 << 2)
    private static let firstText: UInt32 = 2

    let rawValue: UInt32

    private init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Any one segment.
    static func one(_ separator: SegmentSeparator) -> SegmentLabel {
        SegmentLabel(rawValue: UInt32(separator.rawValue))
    }

    /// The segment whose text has this number of ``SegmentTexts``.
    static func text(_ number: UInt32, _ separator: SegmentSeparator) -> SegmentLabel {
        SegmentLabel(rawValue: (number + firstText) << 2 | UInt32(separator.rawValue))
    }

    /// The number of its text; nil for wildcards.
    var textNumber: UInt32? {
        let number = rawValue >> 2
        return number < Self.firstText ? nil : number - Self.firstText
    }

    /// One of 64 bits, which few others have, for a text.
    var mark: UInt64 {
        textNumber == nil ? 0 : 1 << (UInt64(rawValue) &* 0x9E37_79B9_7F4A_7C15 >> 58)
    }
}
