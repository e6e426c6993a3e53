/// The headers of a request or a response: names and values in the order in which they were received.
///
/// Names are compared case-insensitively. A name is always a token, and no value contains a control character except a
/// tab. Therefore writing headers cannot inject other headers (RFC 9110, section 5.5).
public struct HTTPHeaders: Sendable, Sequence {
    /// One header line.
    public typealias Element = (name: String, value: String)

    private var elements: [Element] = []

    /// Creates an empty set of headers.
    public init() {}

    /// Creates headers from elements that are known to be valid.
    package init(validated elements: [Element]) {
        self.elements = elements
    }

    /// The number of header lines.
    public var count: Int { elements.count }

    /// Whether there are no header lines.
    public var isEmpty: Bool { elements.isEmpty }

    /// The first value of a header name, or nil.
    ///
    /// - Parameter name: The name, in any case.
    /// - Complexity: O(*n*) in the number of headers.
    public subscript(name: String) -> String? {
        elements.first { $0.name.isEqualIgnoringCase(to: name) }?.value
    }

    /// Returns all values of a header name, in order.
    ///
    /// - Parameter name: The name, in any case.
    /// - Returns: The values; empty if there is no such header.
    public func values(of name: String) -> [String] {
        elements.filter { $0.name.isEqualIgnoringCase(to: name) }.map(\.value)
    }

    /// Appends a header. Existing headers of the same name are kept.
    ///
    /// - Parameters:
    ///   - name: A token (RFC 9110, section 5.6.2): letters, digits and some punctuation.
    ///   - value: Any text without control characters except tabs.
    /// - Throws: ``InvalidHeader`` if the name is not a token, or if the value contains CR, LF, NUL or another control
    ///   character.
    public mutating func add(name: String, value: String) throws(InvalidHeader) {
        if let flaw = Self.validate(name: name, value: value) { throw flaw }
        elements.append((name, value))
    }

    /// Appends a header that is known to be valid, such as one that a ``HeadReader`` has validated.
    package mutating func add(validatedName name: String, value: String) {
        elements.append((name, value))
    }

    /// Iterates over the headers in order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }

    private static func validate(name: String, value: String) -> InvalidHeader? {
        guard name.isToken else { return InvalidHeader(part: .name) }
        return value.utf8.contains(where: \.isForbiddenInValue) ? InvalidHeader(part: .value) : nil
    }
}

/// The error for a header that would break a request or inject another header.
public struct InvalidHeader: Error, Hashable, Sendable, CustomStringConvertible {
    /// A part of a header.
    public struct Part: Hashable, Sendable {
        private let isName: Bool
        /// The name, which is empty or not a token.
        public static let name = Part(isName: true)
        /// The value, which contains a control character.
        public static let value = Part(isName: false)
    }

    /// The invalid part of the header.
    public let part: Part

    package init(part: Part) {
        self.part = part
    }

    /// The reason, without the rejected text.
    public var description: String {
        part == .name ? "The header's name is not a token." : "The header's value contains a control character."
    }
}
