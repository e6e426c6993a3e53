/// A pattern of ``PatternSyntax/globs``, taken apart.
struct GlobPattern: Sendable {
    enum Element: Sendable, Hashable {
        /// This Unicode scalar.
        case literal(UInt32)
        /// Any one scalar.
        case any
        /// Any number of them.
        case many
        /// One of the pattern's set with this number.
        case set(UInt32)
    }

    /// Without two `many` in a row.
    let elements: [Element]
    let sets: [GlobSet]
    /// How many bytes of the text, at its beginning and its end, stand for themselves; without a wildcard all of it is
    /// the prefix.
    let prefix: Int
    let suffix: Int

    /// - Throws: ``RPCErrorCode/invalidParameters`` for too many wildcards.
    init(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        var reader = GlobReader(text)
        reader.read()
        let wildcards = reader.elements.count { !$0.isLiteral }
        guard wildcards <= limits.wildcards else {
            throw .badChannel(text, "it has \(wildcards) wildcards, and at most \(limits.wildcards) are allowed")
        }
        elements = reader.elements
        sets = reader.sets
        prefix = elements.prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
        suffix = wildcards == 0 ? 0 : elements.reversed().prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
    }

    /// Holds no memory.
    static let empty = GlobPattern()

    private init() {
        elements = []
        sets = []
        prefix = 0
        suffix = 0
    }

    /// How many bytes of UTF-8 a matching name has at least.
    var leastBytes: Int { elements.reduce(0) { $0 + $1.leastBytes } }

    /// Whether it is a prefix, a `*` and a suffix, so that these decide.
    var isPrefixAndSuffix: Bool {
        elements.contains(.many) && elements.count { !$0.isLiteral } == 1
    }

    /// The scalars that must be in a matching name.
    var literals: some Sequence<Unicode.Scalar> {
        elements.lazy.compactMap { if case .literal(let value) = $0 { Unicode.Scalar(value) } else { nil } }
    }

    func matches(_ name: String) -> Bool {
        ScalarPositions(name).matches(self)
    }

    func covers(_ inner: GlobPattern) -> Bool {
        coversElements(elements, inner.elements, isMany: { $0 == .many }) { outerElement, innerElement in
            switch (outerElement, innerElement) {
            case (.any, _): true
            case (.literal(let scalar), .literal(let other)): scalar == other
            case (.literal(let scalar), .set(let set)):
                inner.sets[Int(set)].ranges.allSatisfy { $0 == scalar...scalar }
            case (.set(let set), _):
                inner.ranges(of: innerElement).allSatisfy { range in
                    sets[Int(set)].ranges.contains {
                        $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound
                    }
                }
            case (.literal, .any), (.literal, .many), (.many, _): false
            }
        }
    }

    private func ranges(of element: Element) -> [ClosedRange<UInt32>] {
        switch element {
        case .literal(let scalar): [scalar...scalar]
        case .any, .many: [GlobSet.everything]
        case .set(let set): sets[Int(set)].ranges
        }
    }
}

extension GlobPattern.Element {
    var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    var leastBytes: Int {
        switch self {
        case .literal(let value): Unicode.Scalar(value).map { UTF8.width($0) } ?? 1
        case .any, .set: 1
        case .many: 0
        }
    }
}
