/// A WebSocket message, for paths and clients that exchange raw messages instead of packets.
public enum WebSocketMessage: Sendable, Hashable {
    /// A text message.
    case text(String)
    /// A binary message.
    case binary([UInt8])
}

extension WebSocketMessage {
    /// Copies a message. The UTF-8 of a text message must be valid.
    ///
    /// A text message with a run that is too long (Protocol.md, "Text") is copied as a binary message, because it must
    /// not become a `String`.
    package init(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case .text where PeerText.hasShortRuns(bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        case .text, .binary: self = .binary([UInt8](bytes))
        }
    }

    /// Calls a closure with the kind and the bytes of the message.
    package func withBytes<R>(_ body: (MessageKind, UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        switch self {
        case .text(var text): try text.withUTF8 { try body(.text, UnsafeRawBufferPointer($0)) }
        case .binary(let bytes): try bytes.withUnsafeBytes { try body(.binary, $0) }
        }
    }

    /// The packet that represents a raw message in `onReceive`: the source is `unknown`, the data is the payload.
    package var packet: Packet {
        switch self {
        case .text(let text): Packet(source: .unknown, data: .string(text))
        case .binary(let bytes): Packet(source: .unknown, data: .bytes(bytes))
        }
    }
}
