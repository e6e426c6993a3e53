/// The headers of a request or an answer: names and values in the order in which they came.
///
/// Names compare without regard to case. A name is always a token, and no value holds a control character other than a
/// tab, so that writing headers cannot forge others (RFC 9110, section 5.5).
public struct HTTPHeaders: Sendable, Sequence {
    /// One header line.
    public typealias Element = (name: String, value: String)

    private var elements: [Element] = []

    /// Makes an empty set of headers.
    public init() {}

    /// Makes headers that this module wrote itself.
    package init(judged elements: [Element]) {
        self.elements = elements
    }

    /// How many header lines there are.
    public var count: Int { elements.count }

    /// Whether there is no header line.
    public var isEmpty: Bool { elements.isEmpty }

    /// The first value of a name, or nil. Costs a walk over the headers.
    ///
    /// - Parameter name: The name, in any case.
    public subscript(name: String) -> String? {
        elements.first { $0.name.isEqualIgnoringCase(to: name) }?.value
    }

    /// All values of a name, in their order.
    ///
    /// - Parameter name: The name, in any case.
    /// - Returns: The values; empty when there is no such header.
    public func values(of name: String) -> [String] {
        elements.filter { $0.name.isEqualIgnoringCase(to: name) }.map(\.value)
    }

    /// Adds a header behind the others; one of the same name stays.
    ///
    /// - Parameters:
    ///   - name: A token (RFC 9110, section 5.6.2): letters, digits and some punctuation.
    ///   - value: Any text without control characters; a tab may be in it.
    /// - Throws: ``InvalidHeader`` when the name is no token, or the value holds CR, LF, NUL or another control
    ///   character.
    public mutating func add(name: String, value: String) throws(InvalidHeader) {
        if let flaw = Self.judge(name: name, value: value) { throw flaw }
        elements.append((name, value))
    }

    /// Adds a header that a ``HeadReader`` has judged, or that is known to be one.
    package mutating func add(judgedName name: String, value: String) {
        elements.append((name, value))
    }

    /// Walks over the headers in their order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }

    private static func judge(name: String, value: String) -> InvalidHeader? {
        guard name.isToken else { return InvalidHeader(part: .name) }
        return value.utf8.contains(where: \.isForbiddenInValue) ? InvalidHeader(part: .value) : nil
    }
}

/// A header that was refused because sending it would break, or forge, a request.
public struct InvalidHeader: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which half of a header was at fault.
    public struct Part: Hashable, Sendable {
        private let isName: Bool
        /// The name is empty or no token.
        public static let name = Part(isName: true)
        /// The value holds a control character.
        public static let value = Part(isName: false)
    }

    /// Which half of the header was at fault.
    public let part: Part

    package init(part: Part) {
        self.part = part
    }

    /// What is wrong, without the refused text.
    public var description: String {
        part == .name ? "The header's name is not a token." : "The header's value holds a control character."
    }
}
