/// What a server accepts from its peers and holds for them; each number has one owner and one answer.
///
/// See Protocol.md, "Limits", for what a peer sees when it goes past one.
public struct Limits: Sendable {
    /// Bytes of a request's first line, a page's too; past it 414.
    public var requestLine = 8_192
    /// Bytes of a request's header block; past it 431.
    public var headerBlock = 16_384
    /// Headers of a request; past it 431.
    public var headerCount = 100
    /// Bytes of one message, after its fragments are joined and after it is inflated; past it 1009.
    public var messageSize = 1_048_576
    /// Fragments of one message; past it 1008.
    public var fragments = 65_536
    /// How deep the values of one packet may be nested; past it -32700. At most 64.
    public var depth = 64
    /// Values in one packet, all depths together; past it -32700.
    public var elements = 65_536
    /// Bytes of one reply; past it the caller gets ``RPCErrorCode/replyTooLarge``.
    public var replySize = 16_777_216
    /// Bytes of one connection's replies and stream elements that wait for the peer to read them; past it a reply is
    /// dropped and its caller gets ``RPCErrorCode/replyTooLarge``, although the method ran.
    ///
    /// Each reply counts its bytes and 64 more. One reply is always taken if no other waits, so the most that waits is
    /// this or one ``replySize``. Replies of at most 2 KiB have 512 KiB more; if that is used up, the connection is
    /// closed with 1013.
    public var replyQueue = 33_554_432
    /// Bytes that wait for one peer to read them, replies not counted: for those reading pauses at 256 KiB. Past it,
    /// the messages of channels, rooms and broadcasts are treated as ``SlowConsumerPolicy`` says, and a message that is
    /// sent to the connection closes it with 1013.
    ///
    /// 64 KiB of it, or a quarter where that is less, are for the socket: with so much unsent it still takes one more
    /// message, of any size, and what follows waits. The rest is for what waits, where each message counts its bytes
    /// and 64 more, and is shared with the other connections that it waits for.
    public var outboundQueue = 1_048_576
    /// Calls of one connection that run at a time; at the limit the next request waits, and
    /// reading pauses, until one has ended.
    public var callsInFlight = 128
    /// Bytes of the requests of one connection's calls in flight, whose arguments their methods hold; at the limit the
    /// next request waits, as at ``callsInFlight``. Each value in a request counts 64 bytes more, for the memory that it
    /// takes once it is decoded. Streams do not count.
    public var requestBytes = 16_777_216
    /// Bytes of a request's `call_id`; past it the request is refused with ``RPCErrorCode/invalidParameters`` and an
    /// empty `call_id`.
    public var callID = 256
    /// Streams of one connection that are open at a time; past it the caller gets ``RPCErrorCode/overloaded``.
    public var streams = 16
    /// Channels, patterns and rooms of one connection; past it the caller gets ``RPCErrorCode/overloaded``. 0 for no
    /// limit.
    public var subscriptions = 128
    /// How often a peer may join a room that announces its members, or list them, each of which costs as much as the
    /// room has members; past it the peer gets ``RPCErrorCode/rateLimited``. A leave is never refused.
    ///
    /// All such rooms of a path count together, in addition to the limits that their rules declare. The second
    /// default also limits peers that reconnect; without a user, an address counts. An empty list turns this off.
    public var roomJoins = [
        RateLimit(1, per: .seconds(1), burst: 64), RateLimit(20, per: .seconds(1), burst: 500, scope: .user),
    ]
    /// Bytes of a channel's name or a pattern; past it the caller gets ``RPCErrorCode/invalidParameters``.
    public var channelName = 256
    /// Wildcards of one pattern, which has at most twice as many segments; past it the caller gets
    /// ``RPCErrorCode/invalidParameters``.
    public var wildcards = 8
    /// Token buckets of users and addresses that are held at a time, about 200 bytes each at most; past it one
    /// that is full makes room, or the fullest of 16.
    public var rateBuckets = 100_000
    /// Connections in all; past it 503. Nil for as many as the system allows. One that waits for a next request for a
    /// page makes room for a newcomer, the longest waiting first; so it does for the limit below.
    public var connections: Int?
    /// Connections of one remote address, or of one /64 of IPv6 addresses; past it 429. Nil for no limit.
    public var connectionsPerAddress: Int?

    /// The defaults.
    public init() {}

    var channelNames: ChannelNameLimits {
        let (segments, overflows) = wildcards.multipliedReportingOverflow(by: 2)
        return ChannelNameLimits(bytes: channelName, wildcards: wildcards, segments: overflows ? .max : segments)
    }

    /// Unsent bytes with which a connection's socket is still given more.
    var socketRoom: Int { min(65_536, outboundQueue / 4) }

    /// - Throws: ``StartupError`` that names the first number out of its range.
    func check() throws(StartupError) {
        let positive = [
            ("requestLine", requestLine), ("headerBlock", headerBlock), ("headerCount", headerCount),
            ("messageSize", messageSize), ("fragments", fragments), ("depth", depth), ("elements", elements),
            ("replySize", replySize), ("replyQueue", replyQueue), ("requestBytes", requestBytes), ("callID", callID),
            ("outboundQueue", outboundQueue), ("callsInFlight", callsInFlight),
            ("streams", streams), ("channelName", channelName), ("wildcards", wildcards), ("rateBuckets", rateBuckets),
            ("connections", connections ?? 1), ("connectionsPerAddress", connectionsPerAddress ?? 1),
        ]
        for (name, number) in positive where number < 1 {
            throw StartupError(code: .badConfiguration, message: "limits.\(name) is to be 1 or more, not \(number)")
        }
        guard subscriptions >= 0 else {
            throw StartupError(
                code: .badConfiguration, message: "limits.subscriptions is to be 0 or more, not \(subscriptions)")
        }
        guard depth <= 64 else {
            throw StartupError(code: .badConfiguration, message: "limits.depth is to be 64 or less, not \(depth)")
        }
    }
}
