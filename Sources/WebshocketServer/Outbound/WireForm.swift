/// The encoding of a connection's messages.
package enum WireForm: Hashable, Sendable, CaseIterable {
    /// Packets in MessagePack.
    case messagePack
    /// Packets in JSON.
    case json
    /// Plain values, for paths without packets: text as a text message, bytes as a binary message, and anything else as
    /// JSON in a text message.
    case values

    init(codec: PacketCodec) {
        self =
            switch codec {
            case .messagePack: .messagePack
            case .json: .json
            }
    }
}
