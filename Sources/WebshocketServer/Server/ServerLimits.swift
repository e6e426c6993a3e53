/// Limits on the input that a server accepts from its peers and on the resources that it holds for them.
///
/// Protocol.md, "Limits", lists the effect of exceeding each limit.
public struct ServerLimits: Sendable {
    /// The maximum size in bytes of a request line, also for pages. If exceeded, the response is 414.
    public var requestLine = 8_192
    /// The maximum size in bytes of a request's header block. If exceeded, the response is 431.
    public var headerBlock = 16_384
    /// The maximum number of headers in a request. If exceeded, the response is 431.
    public var headerCount = 100
    /// The maximum size in bytes of a message, after its fragments are joined and it is decompressed. If exceeded, the
    /// connection is closed with 1009.
    public var messageSize: Int
    /// The maximum number of fragments of a message. If exceeded, the connection is closed with 1008.
    public var fragments = 65_536
    /// The maximum nesting depth of the values of a packet, 1 to 64. If exceeded, the peer receives error -32700.
    public var depth = 64
    /// The maximum number of values in a packet, at all depths. If exceeded, the peer receives error -32700.
    public var elements = 65_536
    /// The maximum size in bytes of a reply. If exceeded, the caller receives ``RPCErrorCode/replyTooLarge``.
    public var replySize = 16_777_216
    /// The maximum number of bytes of replies and stream elements queued for one connection. If exceeded, a reply is
    /// dropped and its caller receives ``RPCErrorCode/replyTooLarge``, although the method has run.
    ///
    /// Each reply counts its size plus 64 bytes. If the queue is empty, a reply of any allowed size is accepted; so the
    /// maximum is the larger of this limit and ``replySize``. Replies of at most 2 KiB may use another 512 KiB. If that
    /// is used up too, the connection is closed with 1013.
    public var replyQueue = 33_554_432
    /// The maximum number of bytes queued for one peer, not counting replies. If exceeded, ``SlowConsumerPolicy``
    /// decides about messages of channels, rooms and broadcasts. A message that is sent to this connection alone closes
    /// it with 1013. For replies, the server pauses reading from the peer at 256 KiB.
    ///
    /// 64 KiB, or a quarter of the limit if that is less, are reserved for the socket. While fewer bytes than that are
    /// unsent, the socket accepts one more message of any size. Further messages are queued in the rest, and each
    /// counts its size plus 64 bytes. A queued message of a channel, room or broadcast is stored once for all its
    /// recipients.
    public var outboundQueue: Int
    /// The maximum number of calls in flight per connection. If reached, further calls wait until one has ended.
    public var callsInFlight: Int
    /// The maximum size in bytes of the requests of one connection's calls in flight, whose arguments their methods
    /// hold. If reached, further calls wait until one has ended. Each value in a request counts 64 bytes more for its
    /// decoded form. Streams do not count.
    public var requestBytes = 16_777_216
    /// The maximum number of messages per connection that wait, because of ``callsInFlight`` or ``requestBytes`` or
    /// because a handler has not returned. If it is reached, or if they have 1 MiB in total, reading pauses
    /// until half of them are processed.
    public var waitingMessages = 2_048
    /// The maximum size in bytes of a request's `call_id`. If exceeded, the request is refused with
    /// ``RPCErrorCode/invalidParameters`` and an empty `call_id`.
    public var callID = 256
    /// The maximum number of open streams per connection. If exceeded, the caller receives ``RPCErrorCode/overloaded``.
    public var streams = 16
    /// The maximum number of subscriptions per connection: channels, patterns and rooms together. If exceeded, the
    /// caller receives ``RPCErrorCode/overloaded``. 0 means no limit.
    public var subscriptions: Int
    /// The rate limits for joining a room that announces its members, and for listing its members. Both cost time
    /// proportional to the number of members. If exceeded, the peer receives ``RPCErrorCode/rateLimited``. Leaving a
    /// room is never refused.
    ///
    /// All such rooms of a path count together, in addition to the rate limits that their rules declare. The second
    /// default also limits peers that reconnect: it counts per user, or per address if there is no user. An empty list
    /// disables these limits.
    public var roomJoins = [
        RateLimit(1, per: .seconds(1), burst: 64), RateLimit(20, per: .seconds(1), burst: 500, scope: .user),
    ]
    /// The maximum size in bytes of a channel name or a pattern. If exceeded, the caller receives
    /// ``RPCErrorCode/invalidParameters``.
    public var channelName = 256
    /// The maximum number of wildcards in a pattern; a pattern may have twice as many segments. If exceeded, the caller
    /// receives ``RPCErrorCode/invalidParameters``.
    public var wildcards = 8
    /// The maximum number of token buckets held for users and addresses, at most about 200 bytes each. If exceeded, a
    /// full bucket is evicted, or the fullest of 16 if none is full.
    public var rateBuckets = 100_000
    /// The maximum number of connections; nil for as many as the system allows. If exceeded, the response is 503.
    /// Before a connection is refused, the longest-idle HTTP connection is closed to make room. This also applies to
    /// ``connectionsPerAddress``.
    public var connections: Int?
    /// The maximum number of connections per remote address, or per /64 of IPv6 addresses; nil for no limit. If
    /// exceeded, the response is 429.
    public var connectionsPerAddress: Int?

    /// Makes limits that have the defaults except for the given ones. All other limits are properties.
    /// - Parameters:
    ///   - messageSize: Bytes of one message; 1 or more.
    ///   - callsInFlight: Calls of one connection that run at a time; 1 or more.
    ///   - outboundQueue: Bytes of messages that wait for one peer; 1 or more.
    ///   - subscriptions: Channels, patterns and rooms of one connection; 0 for no limit.
    ///   - connections: Connections of the server; 1 or more, or nil for no limit.
    ///   - connectionsPerAddress: Connections of one remote address; 1 or more, or nil for no limit.
    public init(
        messageSize: Int = 1_048_576, callsInFlight: Int = 128, outboundQueue: Int = 1_048_576,
        subscriptions: Int = 128, connections: Int? = nil, connectionsPerAddress: Int? = nil
    ) {
        self.messageSize = messageSize
        self.callsInFlight = callsInFlight
        self.outboundQueue = outboundQueue
        self.subscriptions = subscriptions
        self.connections = connections
        self.connectionsPerAddress = connectionsPerAddress
    }

    var channelNames: ChannelNameLimits {
        let (segments, overflows) = wildcards.multipliedReportingOverflow(by: 2)
        return ChannelNameLimits(bytes: channelName, wildcards: wildcards, segments: overflows ? .max : segments)
    }

    /// The number of unsent bytes up to which a connection's socket still accepts a message.
    var socketRoom: Int { min(65_536, outboundQueue / 4) }

    /// - Throws: ``ServerError`` that names the first limit that is out of range.
    func check() throws(ServerError) {
        let positive = [
            ("requestLine", requestLine), ("headerBlock", headerBlock), ("headerCount", headerCount),
            ("messageSize", messageSize), ("fragments", fragments), ("depth", depth), ("elements", elements),
            ("replySize", replySize), ("replyQueue", replyQueue), ("requestBytes", requestBytes), ("callID", callID),
            ("outboundQueue", outboundQueue), ("callsInFlight", callsInFlight), ("waitingMessages", waitingMessages),
            ("streams", streams), ("channelName", channelName), ("wildcards", wildcards), ("rateBuckets", rateBuckets),
            ("connections", connections ?? 1), ("connectionsPerAddress", connectionsPerAddress ?? 1),
        ]
        for (name, number) in positive where number < 1 {
            throw ServerError(code: .invalidConfiguration, message: "limits.\(name) must be at least 1 (got \(number))")
        }
        guard subscriptions >= 0 else {
            throw ServerError(
                code: .invalidConfiguration, message: "limits.subscriptions must be at least 0 (got \(subscriptions))")
        }
        guard depth <= 64 else {
            throw ServerError(code: .invalidConfiguration, message: "limits.depth must be at most 64 (got \(depth))")
        }
    }
}
