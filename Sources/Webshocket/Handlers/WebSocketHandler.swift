/// What a server does for the peers on one path: methods that they call, and what happens around them.
///
/// A handler is shared by all connections of its path, on all loops at once; what belongs to one peer belongs on its
/// ``Connection``. Every requirement but ``access`` has a default, so a handler declares only what it needs.
///
/// Code of a handler runs on the loop of the connection that it is for, code that is marked `@concurrent` too: the loop
/// is the executor that its tasks prefer. What computes for long holds up every connection of that loop, and belongs on
/// another executor:
///
///     let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
///
/// A handler may be a structure, a final class or an actor; a subclass of a handler class does not start, because
/// functions that it adds, such as `onConnect`, would not be called. The isolated methods of an actor are registered as
/// closures that await them: `RPCMethod("bump") { (_: Connection) in await self.bump() }`.
///
/// The server checks a handler's stored properties when it starts: one that looks like a declaration and has no effect,
/// such as `let authentication` or `let chanels`, is a ``StartupError``. Functions and computed properties cannot be
/// checked at run time, so a misspelt one is ignored; ``access`` still decides who may call. The check reads the
/// properties without a lock, so do not change those of a class or an actor from another thread during the start.
public protocol WebSocketHandler: ConnectionEvents {
    /// The clients that may connect and call, and their rate limits. Read once, at start.
    ///
    ///     let access = Access.everyone
    var access: Access { get }

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

    /// What peers may do with which channels and rooms; nothing by default. Read once, at start.
    @ChannelRulesBuilder var channels: ChannelRules { get }

    /// Called for each packet that is no call, and for each message that is no packet (then with source `.unknown`
    /// and the payload as data), but for what ``messages`` has a handler for. The next message of this connection is
    /// read when it has returned.
    ///
    /// Without an `onReceive`, packets that are not calls are answered with -32700; see Protocol.md, "Non-RPC messages".
    /// Packets are not copied then.
    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws
}

extension WebSocketHandler {
    /// No methods.
    public var methods: RPCMethods { RPCMethods([]) }

    /// No handlers.
    public var messages: MessageHandlers { MessageHandlers([]) }

    /// No rules: peers subscribe to nothing by themselves.
    public var channels: ChannelRules { ChannelRules([]) }

    /// Refuses the packet with -32700.
    public nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        throw NoReceiver(Self.self)
    }
}

/// The error that the default `onReceive` throws, so that the connection can answer the peer.
struct NoReceiver: Error {
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
    static let callsOnly = RPCError("this path accepts RPC calls only", code: .notAPacket)
}
