/// A pattern of ``PatternSyntax/globs``, taken apart.
struct GlobPattern: Sendable {
    enum Element: Sendable, Hashable {
        case literal(Unicode.Scalar)
        /// Any one scalar.
        case any
        /// Any number of them.
        case many
        /// One of the pattern's next set.
        case set
    }

    /// Never has two `many` in a row.
    let code: GlobCode
    /// In the order in which the pattern has them.
    let sets: [GlobSet]
    /// How many bytes of the code, at its beginning and its end, stand for themselves; without a wildcard all of it is
    /// the prefix.
    let prefix: Int
    let suffix: Int
    /// How many bytes of UTF-8 a matching name has at least.
    let leastBytes: Int
    /// Whether it is a prefix, a `*` and a suffix, so that these decide.
    let isPrefixAndSuffix: Bool

    /// - Throws: ``RPCErrorCode/invalidParameters`` for too many wildcards.
    init(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        var reader = GlobReader(text)
        reader.read()
        let elements = reader.elements
        let wildcards = elements.count { !$0.isLiteral }
        guard wildcards <= limits.wildcards else {
            throw .badChannel(text, "it has \(wildcards) wildcards, and at most \(limits.wildcards) are allowed")
        }
        code = GlobCode(elements)
        sets = reader.sets
        prefix = elements.prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
        suffix = wildcards == 0 ? 0 : elements.reversed().prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
        leastBytes = elements.reduce(0) { $0 + $1.leastBytes }
        isPrefixAndSuffix = wildcards == 1 && elements.contains(.many)
    }

    /// Holds no memory.
    static let empty = GlobPattern()

    private init() {
        code = GlobCode([])
        sets = []
        (prefix, suffix, leastBytes) = (0, 0, 0)
        isPrefixAndSuffix = false
    }

    func matches(_ name: String) -> Bool {
        ScalarPositions(name).matches(self)
    }
}

extension GlobPattern.Element {
    fileprivate var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    fileprivate var leastBytes: Int {
        switch self {
        case .literal(let scalar): UTF8.width(scalar)
        case .any, .set: 1
        case .many: 0
        }
    }
}
