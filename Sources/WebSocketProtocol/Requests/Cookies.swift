/// The cookies that a request brings (RFC 6265, section 5.4), in their order.
///
/// Values are as they were sent: what is encoded in them is the application's. Quotes around one are left off.
public struct Cookies: Sendable, Sequence {
    /// One cookie.
    public typealias Element = (name: String, value: String)

    private let elements: [Element]

    /// Reads the `Cookie` headers. Costs a walk over them.
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

    /// The first value of a name, or nil. Costs a walk over the cookies.
    /// - Parameter name: compared byte for byte.
    public subscript(name: String) -> String? {
        elements.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Walks over the cookies in their order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }
}
