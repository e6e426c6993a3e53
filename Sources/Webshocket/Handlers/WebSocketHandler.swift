/// What a server does for the peers on one path: methods that they call, and what happens around them.
///
/// A handler is shared by all connections of its path, on all loops at once; what belongs to one peer belongs on its
/// ``Connection``. Every requirement has a default, so a handler states only what it has.
///
/// Code of a handler runs on the loop of the connection that it is for, code that is marked `@concurrent` too: the loop
/// is the executor that its tasks prefer. What computes for long holds up every connection of that loop, and belongs on
/// another executor:
///
///     let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
///
/// A handler may be a structure, a final class or an actor; the isolated methods of an actor are registered as closures
/// that await them: `RPCMethod("bump") { (_: Connection) in await self.bump() }`.
public protocol WebSocketHandler: Sendable {
    /// The methods that peers may call, under the names that they call them by; read once, at start.
    @RPCMethodsBuilder var methods: RPCMethods { get }

    /// Who hears what of the packets that are no calls, and of the messages that are no packets; what no one here hears
    /// is for `onReceive`. Read once, at start.
    ///
    ///     var messages: MessageHandlers {
    ///         OnEvent("typing", typing)
    ///         OnText { connection, text in connection.send(text: text) }
    ///     }
    @MessageHandlersBuilder var messages: MessageHandlers { get }

    /// Who lets peers in, and as whom; nil, which lets in everyone, by default. Read once, at start. See
    /// Protocol.md, "Authentication".
    var authentication: Authentication? { get }

    /// What a peer's session attributes have to satisfy for any of its calls, and of its packets that are no calls, to
    /// be heard; `AllOf()`, which always holds, by default. Read once, at start. Others get -32002, for methods that do
    /// not exist too.
    var requirement: SessionPredicate { get }

    /// How often calls of methods without limits of their own, of methods that do not exist, and packets that are no
    /// calls, may come, all counted together; none by default. Read once, at start.
    var rateLimits: [RateLimit] { get }

    /// What peers may do with which channels and rooms; nothing by default. Read once, at start.
    @ChannelRulesBuilder var channels: ChannelRules { get }

    /// Called when a peer has connected, before any of its messages is read.
    /// - Throws: A ``ConnectionClosure`` to turn the peer away with its code and reason; any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws

    /// Called once for each connection that `onConnect` was called for, when it has ended and its calls are cancelled.
    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async

    /// Called when a connection has joined a room. What is heard of one connection's rooms comes in order, one after
    /// the other, on its loop; while 64 wait nothing is read from the peer.
    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async

    /// Called when a connection has left a room, by itself or, before `onDisconnect`, because it has ended; then it is
    /// in no room any more. Called for each `onJoin`, behind it.
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async

    /// Called for each packet that is no call, and for each message that is no packet (then with source `.unknown`
    /// and the payload as data), but for what ``messages`` has a handler for. The next message of this connection is
    /// read when it has returned.
    ///
    /// Without an `onReceive`, the peer is told that nobody listens; see Protocol.md, "What is no call". Packets are not
    /// copied then.
    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws
}

extension WebSocketHandler {
    /// No methods.
    public var methods: RPCMethods { RPCMethods([]) }

    /// No handlers.
    public var messages: MessageHandlers { MessageHandlers([]) }

    /// No rules: peers subscribe to nothing by themselves.
    public var channels: ChannelRules { ChannelRules([]) }

    /// Lets in everyone.
    public var authentication: Authentication? { nil }

    /// Holds for everyone.
    public var requirement: SessionPredicate { AllOf() }

    /// As often as they like.
    public var rateLimits: [RateLimit] { [] }

    /// Welcomes everyone.
    public nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {}

    /// Does nothing.
    public nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async {}

    /// Tells the peer that nobody listens.
    public nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        throw NobodyListens(Self.self)
    }
}

/// The error that the default `onReceive` throws, so that the connection can answer the peer.
struct NobodyListens: Error {
    private let handler: ObjectIdentifier

    /// - Parameter handler: the type whose `onReceive` is the default one.
    init(_ handler: any WebSocketHandler.Type) {
        self.handler = ObjectIdentifier(handler)
    }

    /// Whether it comes from this very handler, not from one that the handler passes its packets on to.
    func isOf(_ handler: any WebSocketHandler) -> Bool {
        self.handler == ObjectIdentifier(type(of: handler))
    }
}

extension RPCError {
    static let nobodyListens = RPCError("Nobody listens here for what is no call.", code: .notAPacket)
}
