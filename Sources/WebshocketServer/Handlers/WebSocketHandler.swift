/// The methods, message handlers, channel rules and connection events of one path of a server.
///
/// All connections of the path share one handler, on all event loops at the same time. Keep the state of a single peer
/// on its ``Connection``. Only ``access`` is required; all other requirements have a default.
///
/// The code of a handler runs on the event loop of its connection. This includes `@concurrent` functions, because the
/// loop is the preferred executor of the task. A long computation delays all connections of that loop, so run it on
/// another executor:
///
///     let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
///
/// A handler can be a structure, a final class or an actor. A subclass of a handler class prevents the server from
/// starting, because functions that it adds, such as `onConnect`, would not be called. Register the isolated methods of
/// an actor as closures that await them: `RPCMethod("bump") { (_: Connection) in await self.bump() }`.
///
/// When the server starts, it checks the handler's stored properties. If a property looks like a declaration but has no
/// effect, such as `let authentication` or `let chanels`, it throws a ``ServerError``. Functions and computed
/// properties cannot be checked at run time, so a misspelt one is ignored; ``access`` still restricts the callers. The
/// check reads the properties without a lock, so do not change those of a class or an actor from another thread during
/// the start.
public protocol WebSocketHandler: ConnectionEvents {
    /// The clients that may connect and call, and their rate limits; read once, at start.
    ///
    ///     let access = Access.everyone
    var access: Access { get }

    /// The methods that peers may call, with their names; read once, at start.
    @RPCMethodsBuilder var methods: RPCMethods { get }

    /// The handlers for packets that are not calls, and for messages that are not packets; read once, at start.
    ///
    /// Packets and messages without a handler are passed to `onReceive`.
    ///
    ///     var messages: MessageHandlers {
    ///         OnEvent("typing", typing)
    ///         OnText { connection, text in connection.send(text: text) }
    ///     }
    @MessageHandlersBuilder var messages: MessageHandlers { get }

    /// The permissions of peers on channels and rooms; read once, at start. By default, they have none.
    @ChannelRulesBuilder var channels: ChannelRules { get }

    /// Called for each packet that is not a call, and for each message that is not a packet, if ``messages`` has no
    /// handler for it. The next message of the connection is handled after this function
    /// returns.
    ///
    /// A message that is not a packet has the source `.unknown` and the payload as data.
    ///
    /// If a handler does not implement this function, packets that are not calls are answered with -32700, and are not
    /// copied; see Protocol.md, "Non-RPC messages".
    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws
}

extension WebSocketHandler {
    /// No methods.
    public var methods: RPCMethods { RPCMethods([]) }

    /// No handlers.
    public var messages: MessageHandlers { MessageHandlers([]) }

    /// No rules, so peers cannot subscribe to channels themselves.
    public var channels: ChannelRules { ChannelRules([]) }

    /// Refuses the packet with ``RPCErrorCode/notAPacket``.
    public nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        throw NoReceiver(Self.self)
    }
}

/// The error of the default `onReceive`; the connection sends an error response to the peer.
struct NoReceiver: Error {
    private let handler: ObjectIdentifier

    /// - Parameter handler: The type whose `onReceive` is the default one.
    init(_ handler: any WebSocketHandler.Type) {
        self.handler = ObjectIdentifier(handler)
    }

    /// Whether the error comes from this handler, not from another handler to which it forwards packets.
    func isOf(_ handler: any WebSocketHandler) -> Bool {
        self.handler == ObjectIdentifier(type(of: handler))
    }
}

extension RPCError {
    static let callsOnly = RPCError("this path accepts RPC calls only", code: .notAPacket)
}
