/// A server's limits on packets from a client (Protocol.md, "Hello").
package struct AnnouncedLimits: Sendable, Hashable {
    /// The maximum size of a message in bytes, after reassembly and decompression; nil if the server does not announce
    /// it.
    package var messageSize: Int?
    /// The maximum nesting of containers in a packet, including the packet and its `rpc` map.
    package var depth = 64
    /// The maximum number of values and keys in a packet.
    package var elements: Int
    /// The maximum size of a `call_id` in bytes.
    package var callID = 256

    /// Creates the limits for a server that does not announce any.
    package init(elements: Int = 65_536) {
        self.elements = elements
    }
}

extension AnnouncedLimits {
    /// Returns the first limit that a message exceeds, or nil if it exceeds none. The count is exact, because client
    /// and server use the same parser.
    /// - Parameters:
    ///   - bytes: The message before compression.
    ///   - codec: The codec of the packet; nil for a raw message, for which only the size is limited.
    /// - Complexity: O(*n*) in the number of bytes. The message is parsed only if it has more than `elements` bytes, or
    ///   more than `depth` bytes that may begin a container.
    package func excess(of bytes: [UInt8], as codec: PacketCodec?) -> ExceededLimit? {
        if let messageSize, bytes.count > messageSize {
            return ExceededLimit(.messageSize, actual: bytes.count, limit: messageSize)
        }
        guard let codec, bytes.count > elements || codec.mayNest(bytes, deeperThan: depth) else { return nil }
        switch bytes.flaw(as: codec, PacketLimits(maxDepth: depth, maxElements: elements)) {
        // This parser supports at most 64 levels, even if the server allows more.
        case .tooDeep?: return depth > 64 ? nil : ExceededLimit(.depth, actual: nil, limit: depth)
        case .tooManyElements?: return ExceededLimit(.elements, actual: bytes.elements(as: codec), limit: elements)
        default: return nil
        }
    }
}

extension PacketCodec {
    /// Whether more than `depth` bytes may begin a container. If not, the nesting cannot exceed `depth`.
    fileprivate func mayNest(_ bytes: [UInt8], deeperThan depth: Int) -> Bool {
        guard bytes.count > depth else { return false }
        let count =
            switch self {
            case .json: bytes.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            // The markers of fixed-size maps and arrays, and of those with a 16-bit or 32-bit length.
            case .messagePack: bytes.count { (0x80...0x9F).contains($0) || (0xDC...0xDF).contains($0) }
            }
        return count > depth
    }
}

extension [UInt8] {
    fileprivate func flaw(as codec: PacketCodec, _ limits: PacketLimits) -> PacketError? {
        do {
            try withUnsafeBytes { try PacketParser(limits: limits).read($0, as: codec) { _ in } }
            return nil
        } catch {
            return error as? PacketError
        }
    }

    /// The number of values and keys; nil if the packet cannot be parsed.
    fileprivate func elements(as codec: PacketCodec) -> Int? {
        let parser = PacketParser(limits: PacketLimits(maxElements: .max))
        return try? withUnsafeBytes { bytes in
            try parser.read(bytes, as: codec) { _ in parser.tokenCount }
        }
    }
}
