/// The cookies of a request in order (RFC 6265, section 5.4).
///
/// Values are not decoded, because their encoding is up to the application. Quotes around a value are removed.
public struct Cookies: Sendable, Sequence {
    /// One cookie.
    public typealias Element = (name: String, value: String)

    private let elements: [Element]

    /// Reads the `Cookie` headers.
    /// - Complexity: O(*n*) in the size of the headers.
    public init(_ headers: HTTPHeaders) {
        elements = headers.values(of: "Cookie").flatMap { line in
            line.utf8.split(separator: UInt8(ascii: ";")).compactMap { pair -> Element? in
                guard let mark = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
                let name = pair[..<mark].trimmingBlanks
                var value = pair[pair.index(after: mark)...].trimmingBlanks
                guard !name.isEmpty else { return nil }
                if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
                    value = value.dropFirst().dropLast()
                }
                return (String(Substring(name)), String(Substring(value)))
            }
        }
    }

    /// The first value of a cookie name, or nil.
    /// - Parameter name: The name, which is compared byte for byte.
    /// - Complexity: O(*n*) in the number of cookies.
    public subscript(name: String) -> String? {
        elements.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Iterates over the cookies in order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }
}
