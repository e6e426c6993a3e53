/// The decoded names and values of a URL's query, such as `room=tea&token=x`, in order.
///
/// The query is read like a form: `&` separates items, `+` is a space, and other characters are percent-encoded. An
/// item is omitted if it cannot be decoded or its text exceeds the limits (Protocol.md, "Text").
public struct QueryItems: Sendable, Sequence {
    /// One item. Its value is empty if the item has no `=`.
    public typealias Element = (name: String, value: String)

    private let elements: [Element]

    /// Reads a query.
    /// - Parameter query: The part after the question mark; nil for no items.
    /// - Complexity: O(*n*) in the length of the query.
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

    /// The first value of an item name, or nil.
    /// - Parameter name: The name, which is compared byte for byte.
    /// - Complexity: O(*n*) in the number of items.
    public subscript(name: String) -> String? {
        elements.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Returns all values of an item name, in order.
    /// - Parameter name: The name, which is compared byte for byte.
    public func values(of name: String) -> [String] {
        elements.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }

    /// Iterates over the items in order.
    public func makeIterator() -> IndexingIterator<[Element]> {
        elements.makeIterator()
    }
}
