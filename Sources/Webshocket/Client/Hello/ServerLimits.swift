/// The limits of a server on what a client sends (Protocol.md, "Hello").
package struct ServerLimits: Sendable, Hashable {
    /// Bytes of one message, after its fragments are joined and after it is inflated; nil if the server did not tell.
    package var messageSize: Int?
    /// Levels of containers in one packet, the packet and its `rpc` included.
    package var depth = 64
    /// Values and keys in one packet.
    package var elements: Int
    /// Bytes of a `call_id`.
    package var callID = 256

    /// The limits of a server that did not tell any.
    package init(elements: Int = 65_536) {
        self.elements = elements
    }
}

extension ServerLimits {
    /// The first limit that a message exceeds, or nil if it exceeds none. The count is the server's own: the same
    /// parser counts on both sides.
    /// - Parameters:
    ///   - bytes: the message as it is before compression.
    ///   - codec: the codec of the packet in it; nil for a raw message, of which only the size is limited.
    /// - Complexity: one look at each byte. The message is parsed only if it has more bytes than `elements`, or more
    ///   bytes that may begin a container than `depth`.
    package func excess(of bytes: [UInt8], as codec: Codec?) -> ExceededLimit? {
        if let messageSize, bytes.count > messageSize {
            return ExceededLimit(.messageSize, actual: bytes.count, limit: messageSize)
        }
        guard let codec, bytes.count > elements || codec.mayNest(bytes, deeperThan: depth) else { return nil }
        switch bytes.flaw(as: codec, PacketLimits(maxDepth: depth, maxElements: elements)) {
        // No parser here nests deeper than 64 levels, whatever the server allows.
        case .tooDeep?: return depth > 64 ? nil : ExceededLimit(.depth, actual: nil, limit: depth)
        case .tooManyElements?: return ExceededLimit(.elements, actual: bytes.elements(as: codec), limit: elements)
        default: return nil
        }
    }
}

extension Codec {
    /// Whether the bytes that may begin a container are more than so many. If they are not, the nesting is not deeper
    /// either.
    fileprivate func mayNest(_ bytes: [UInt8], deeperThan depth: Int) -> Bool {
        guard bytes.count > depth else { return false }
        let count =
            switch self {
            case .json: bytes.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            // Fixed maps and arrays, and those with a length of 16 or 32 bits.
            case .messagePack: bytes.count { (0x80...0x9F).contains($0) || (0xDC...0xDF).contains($0) }
            }
        return count > depth
    }
}

extension [UInt8] {
    fileprivate func flaw(as codec: Codec, _ limits: PacketLimits) -> PacketError? {
        do {
            try withUnsafeBytes { try PacketParser(limits: limits).read($0, as: codec) { _ in } }
            return nil
        } catch {
            return error as? PacketError
        }
    }

    /// The number of values and keys; nil if the packet cannot be parsed.
    fileprivate func elements(as codec: Codec) -> Int? {
        let parser = PacketParser(limits: PacketLimits(maxElements: .max))
        return try? withUnsafeBytes { bytes in
            try parser.read(bytes, as: codec) { _ in parser.tokenCount }
        }
    }
}
