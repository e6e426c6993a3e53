/// The set of scalars between `[` and `]` in a glob.
struct GlobSet: Sendable {
    static let everything: ClosedRange<UInt32> = 0...0x10FFFF

    /// Sorted, disjoint ranges.
    private(set) var ranges: [ClosedRange<UInt32>] = []

    /// A scalar, or the hyphen between the ends of a range.
    private enum Item: Equatable {
        case scalar(Unicode.Scalar)
        case hyphen

        /// The item as a scalar. A hyphen that comes first or last does not belong to a range and is an ordinary
        /// scalar.
        var value: UInt32 {
            switch self {
            case .scalar(let scalar): scalar.value
            case .hyphen: ("-" as Unicode.Scalar).value
            }
        }
    }

    init(_ text: ArraySlice<Unicode.Scalar>) {
        var items = Self.items(of: text)
        guard !items.isEmpty else { return }
        let isNegated = items[0] == .scalar("!")
        if isNegated { items.removeFirst() }
        ranges = Self.merged(Self.ranges(of: items))
        if isNegated { ranges = Self.complement(of: ranges) }
    }

    /// Splits the text at the hyphens of its ranges, removes ranges whose end is less than their start, and joins the
    /// rest. This reproduces Python's behaviour exactly, including its peculiarities.
    private static func items(of text: ArraySlice<Unicode.Scalar>) -> [Item] {
        var chunks: [[Unicode.Scalar]] = []
        var start = text.startIndex
        var search = start + (text.first == "!" ? 2 : 1)
        while let hyphen = text[min(search, text.endIndex)...].firstIndex(of: "-") {
            chunks.append(Array(text[start..<hyphen]))
            start = hyphen + 1
            search = hyphen + 3
        }
        if start < text.endIndex || chunks.isEmpty {
            chunks.append(Array(text[start...]))
        } else {
            chunks[chunks.count - 1].append("-")
        }
        for index in chunks.indices.dropFirst().reversed() {
            guard let low = chunks[index - 1].last, let high = chunks[index].first, low > high else { continue }
            chunks[index - 1] = chunks[index - 1].dropLast() + chunks[index].dropFirst()
            chunks.remove(at: index)
        }
        return Array(chunks.map { $0.map(Item.scalar) }.joined(separator: [.hyphen]))
    }

    private static func ranges(of items: [Item]) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        var index = 0
        while index < items.count {
            let low = items[index].value
            if index + 2 < items.count, items[index + 1] == .hyphen {
                let high = items[index + 2].value
                if low <= high { ranges.append(low...high) }
                index += 3
            } else {
                ranges.append(low...low)
                index += 1
            }
        }
        return ranges
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
    }

    private static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var rest: [ClosedRange<UInt32>] = []
        var next = everything.lowerBound
        for range in ranges {
            if next < range.lowerBound { rest.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= everything.upperBound { rest.append(next...everything.upperBound) }
        return rest
    }
}
