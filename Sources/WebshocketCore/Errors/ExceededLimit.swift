/// A limit of the server that a call or a message exceeds (Protocol.md, "Hello").
public struct ExceededLimit: Sendable, Hashable {
    /// The kinds of limits. More may be added, so a `switch` over them needs a `default`.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The name of the limit in the server's response to the hello.
        public let description: String

        /// The number of bytes in one message.
        public static let messageSize = Kind(description: "message_size")
        /// The nesting depth of the containers in one packet, including the packet itself.
        public static let depth = Kind(description: "depth")
        /// The number of values and keys in one packet.
        public static let elements = Kind(description: "elements")
    }

    /// The kind of limit.
    public var kind: Kind
    /// The value of the rejected message; nil for ``Kind/depth``, which is not counted beyond the limit.
    public var actual: Int?
    /// The server's limit.
    public var limit: Int

    package init(_ kind: Kind, actual: Int?, limit: Int) {
        self.kind = kind
        self.actual = actual
        self.limit = limit
    }
}

extension ExceededLimit: CustomStringConvertible {
    /// The limit and the actual value, in one line.
    public var description: String {
        let got = actual.map { " (got \($0))" } ?? ""
        return switch kind {
        case .messageSize: "the server accepts at most \(limit) bytes in one message\(got)"
        case .depth: "the server accepts at most \(limit) levels of nesting in one packet"
        default: "the server accepts at most \(limit) elements in one packet\(got)"
        }
    }
}
