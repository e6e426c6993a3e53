/// One message of the webshocket.v1 format (Protocol.md, "Packets").
public struct Packet: Sendable, Hashable {
    /// What a packet is about; its number is what travels.
    public enum Source: Int, Sendable, Hashable, CaseIterable {
        /// Sent to every connection.
        case broadcast = 1
        /// Published to a channel.
        case channel = 2
        /// A message that was no packet, handed on as data.
        case unknown = 3
        /// Sent by an application to one connection.
        case custom = 4
        /// A request or a response.
        case rpc = 5
    }

    /// What the packet is about.
    public var source: Source
    /// The payload of all but RPC packets.
    public var data: Value?
    /// The request or the response of an RPC packet.
    public var rpc: RPC?
    /// The channel that a channel packet was published to.
    public var channel: String?
    /// When it was sent, in seconds since 1970.
    public var timestamp: Double?
    /// What the application ties packets together with.
    public var correlationID: String?
    /// The name of what happened, of a channel, broadcast or custom packet; not in webshocket.v1, whose readers ignore
    /// it.
    public var event: String?

    /// Makes a packet; what is nil is left out on the wire.
    public init(
        source: Source, data: Value? = nil, rpc: RPC? = nil, channel: String? = nil, timestamp: Double? = nil,
        correlationID: String? = nil, event: String? = nil
    ) {
        self.source = source
        self.data = data
        self.rpc = rpc
        self.channel = channel
        self.timestamp = timestamp
        self.correlationID = correlationID
        self.event = event
    }
}
