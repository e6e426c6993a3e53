/// A packet of the webshocket.v1 format (Protocol.md, "Packets").
public struct Packet: Sendable, Hashable {
    /// The kind of a packet. Its raw value is the number on the wire.
    public enum Source: Int, Sendable, Hashable, CaseIterable {
        /// Sent to every connection.
        case broadcast = 1
        /// Published to a channel.
        case channel = 2
        /// A message that was not a packet, delivered as data.
        case unknown = 3
        /// Sent by an application to one connection.
        case custom = 4
        /// A request or a response.
        case rpc = 5
    }

    /// The kind of the packet.
    public var source: Source
    /// The payload of every kind of packet except RPC packets.
    public var data: WireValue?
    /// The request or the response of an RPC packet.
    public var rpc: RPC?
    /// The channel that a channel packet was published to.
    public var channel: String?
    /// The time at which the packet was sent, in seconds since 1970, as in the packet.
    package var sentAt: Double?
    /// An ID with which the application correlates packets.
    public var correlationID: String?
    /// The event name of a channel, broadcast or custom packet. It is not part of webshocket.v1, whose readers ignore
    /// it.
    public var event: String?

    /// Creates a packet. Properties that are nil are omitted on the wire.
    ///
    /// - Parameters:
    ///   - source: The kind of the packet.
    ///   - data: The payload, unless it is an RPC packet.
    ///   - rpc: The request or the response, if it is an RPC packet.
    ///   - channel: The channel, if it is a channel packet.
    ///   - correlationID: An ID with which the application correlates packets.
    ///   - event: The event name of a channel, broadcast or custom packet.
    public init(
        source: Source, data: WireValue? = nil, rpc: RPC? = nil, channel: String? = nil,
        correlationID: String? = nil, event: String? = nil
    ) {
        self.source = source
        self.data = data
        self.rpc = rpc
        self.channel = channel
        self.correlationID = correlationID
        self.event = event
    }
}
