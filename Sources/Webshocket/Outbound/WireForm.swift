/// What a connection's messages are written as.
package enum WireForm: Hashable, Sendable, CaseIterable {
    /// Packets in MessagePack.
    case messagePack
    /// Packets in JSON.
    case json
    /// Values as they are, for paths that speak no packets: a text as a text message, bytes as a binary one, anything
    /// else as JSON in a text message.
    case values

    init(codec: Codec) {
        self =
            switch codec {
            case .messagePack: .messagePack
            case .json: .json
            }
    }
}
