/// A limit of the server that a call or a message exceeds (Protocol.md, "Hello").
public struct ExceededLimit: Sendable, Hashable {
    /// The kinds of limits; more may come, so a `switch` over them needs a `default`.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The name in the server's answer to the hello.
        public let description: String

        /// Bytes of one message.
        public static let messageSize = Kind(description: "message_size")
        /// Levels of containers in one packet, the packet itself included.
        public static let depth = Kind(description: "depth")
        /// Values and keys in one packet.
        public static let elements = Kind(description: "elements")
    }

    /// The kind of limit.
    public var kind: Kind
    /// The message's value; nil for ``Kind/depth``, which is not counted beyond the limit.
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
    /// One line with the numbers.
    public var description: String {
        let got = actual.map { " (got \($0))" } ?? ""
        return switch kind {
        case .messageSize: "the server accepts at most \(limit) bytes in one message\(got)"
        case .depth: "the server accepts at most \(limit) levels of nesting in one packet"
        default: "the server accepts at most \(limit) elements in one packet\(got)"
        }
    }
}
