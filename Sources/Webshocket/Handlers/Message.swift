/// One WebSocket message as it is, for paths and clients that speak no packets.
public enum Message: Sendable, Hashable {
    /// A text message.
    case text(String)
    /// A binary message.
    case binary([UInt8])
}

extension Message {
    /// Copies a message that the protocol has already checked; a text message's UTF-8 is valid here. A text message
    /// with a run that is too long (Protocol.md, "Text") is copied as binary, so that it does not become a `String`.
    init(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case .text where PeerText.hasShortRuns(bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        case .text, .binary: self = .binary([UInt8](bytes))
        }
    }

    /// Lends the message's bytes.
    func withBytes<R>(_ body: (MessageKind, UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        switch self {
        case .text(var text): try text.withUTF8 { try body(.text, UnsafeRawBufferPointer($0)) }
        case .binary(let bytes): try bytes.withUnsafeBytes { try body(.binary, $0) }
        }
    }

    /// What a message that is no packet looks like to `onReceive`: source 3, and the payload as data.
    var packet: Packet {
        switch self {
        case .text(let text): Packet(source: .unknown, data: .string(text))
        case .binary(let bytes): Packet(source: .unknown, data: .bytes(bytes))
        }
    }
}
