/// The names and values of a URL's query, such as `room=tea&token=x`, in their order and decoded.
///
/// They are read as forms send them: `&` between items, `+` for a space, the rest percent-encoded. An item that cannot
/// be decoded, or has text above the limits (Protocol.md, "Text"), is left out.
public struct QueryItems: Sendable, Sequence {
    /// One item; the value of one without a `=` is empty.
    public typealias Element = (name: String, value: String)

    private let elements: [Element]

    /// Reads a query. Costs a walk over it.
    /// - Parameter query: what stands behind the question mark; nil for no items.
    public init(_ query: String?) {
        elements = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).compactMap { item in
            let item = Substring(item)
            let mark = item.utf8.firstIndex(of: UInt8(ascii: "="))
            guard let name = PercentEncoding.decode(item[..<(mark ?? item.endIndex)], isForm: true),
                let value = PercentEncoding.decode(
                    mark.map { item[item.utf8.index(after: $0)...] } ?? "", isForm: true)
            else { return nil }
            return (name, value)
        }
    }

    /// The first value of a name, or nil. Costs a walk over the items.
    /// - Parameter name: compared byte for byte.
    public subscript(name: String) -> String? {
        elements.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// All values of a name, in their order.
    /// - Parameter name: compared byte for byte.
    public func values(of name: String) -> [String] {
        elements.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }

    /// Walks over the items in their order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }
}
