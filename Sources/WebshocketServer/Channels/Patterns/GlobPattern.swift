/// A parsed pattern of ``PatternSyntax/globs``.
struct GlobPattern: Sendable {
    enum Element: Sendable, Hashable {
        case literal(Unicode.Scalar)
        /// Matches any single scalar.
        case any
        /// Matches any number of scalars.
        case many
        /// Matches one scalar of the pattern's next set.
        case set
    }

    /// The elements. Never contains two consecutive `many`.
    let code: GlobCode
    /// The sets, in the order of the pattern.
    let sets: [GlobSet]
    /// The lengths in bytes of the literal prefix and suffix of the code. Without a wildcard, the whole code is the
    /// prefix.
    let prefix: Int
    let suffix: Int
    /// The minimum length of a matching name, in bytes of UTF-8.
    let leastBytes: Int
    /// Whether the pattern consists of a prefix, a `*` and a suffix, so that comparing these is sufficient.
    let isPrefixAndSuffix: Bool

    /// - Throws: ``RPCErrorCode/invalidParameters`` if there are too many wildcards.
    init(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        var reader = GlobReader(text)
        reader.read()
        let elements = reader.elements
        let wildcards = elements.count { !$0.isLiteral }
        guard wildcards <= limits.wildcards else {
            throw .badChannel(text, "at most \(limits.wildcards) wildcards are allowed (got \(wildcards))")
        }
        code = GlobCode(elements)
        sets = reader.sets
        prefix = elements.prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
        suffix = wildcards == 0 ? 0 : elements.reversed().prefix { $0.isLiteral }.reduce(0) { $0 + $1.leastBytes }
        leastBytes = elements.reduce(0) { $0 + $1.leastBytes }
        isPrefixAndSuffix = wildcards == 1 && elements.contains(.many)
    }

    /// A pattern that holds no memory.
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
