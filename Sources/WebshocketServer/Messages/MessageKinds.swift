// Functions that declare message handlers. Their names are capitalised because they read as words of a declaration.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// MARK: - Events

/// Handles custom packets of an event, and decodes their data as the parameter type of a synchronous function.
///
///     OnEvent("typing", typing)
///     OnEvent("moved") { (connection: Connection, to: Point) in … }
///
/// A synchronous function has the least overhead, because it is called without a task.
///
/// If the data has another type, the peer receives ``RPCErrorCode/invalidParameters``. If the function throws an
/// ``RPCError``, the peer receives that error. Both error responses have an empty `call_id`. A ``ConnectionClosure``
/// closes the connection; any other error closes it with 1011. See Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called synchronously on the connection's event loop.
public func OnEvent<Content: Decodable & Sendable>(
    _ name: String, _ body: @escaping @Sendable (Connection, Content) throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody { (content: Content) in .now { try body($0, content) } }))
}

/// Handles custom packets of an event, and decodes their data as the parameter type of an asynchronous function.
///
/// If the data has another type, the peer receives ``RPCErrorCode/invalidParameters``. If the function throws an
/// ``RPCError``, the peer receives that error. Both error responses have an empty `call_id`. A ``ConnectionClosure``
/// closes the connection; any other error closes it with 1011. See Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called on the connection's event loop. The next message of the connection is handled after it returns.
public func OnEvent<Content: Decodable & Sendable>(
    _ name: String,
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody { (content: Content) in .later { try await body($0, content) } }))
}

/// Handles whole custom packets of an event, with a synchronous function. It can reply with
/// ``Connection/reply(_:to:)``.
///
/// If the function throws an ``RPCError``, the peer receives it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. See
/// Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called synchronously on the connection's event loop.
public func OnEvent(
    _ name: String, _ body: @escaping @Sendable (Connection, Packet) throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(packet: { packet in .now { try body($0, packet) } })))
}

/// Handles whole custom packets of an event, with an asynchronous function. It can reply with
/// ``Connection/reply(_:to:)``.
///
/// If the function throws an ``RPCError``, the peer receives it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. See
/// Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called on the connection's event loop. The next message of the connection is handled after it returns.
public func OnEvent(
    _ name: String,
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Packet) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(packet: { packet in .later { try await body($0, packet) } })))
}

/// Handles custom packets of an event with a synchronous function, and ignores their data.
///
/// If the function throws an ``RPCError``, the peer receives it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. See
/// Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called synchronously on the connection's event loop.
public func OnEvent(_ name: String, _ body: @escaping @Sendable (Connection) throws -> Void) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(.now(body))))
}

/// Handles custom packets of an event with an asynchronous function, and ignores their data.
///
/// If the function throws an ``RPCError``, the peer receives it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. See
/// Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the framework.
///   - body: Called on the connection's event loop. The next message of the connection is handled after it returns.
public func OnEvent(
    _ name: String, _ body: nonisolated(nonsending) @escaping @Sendable (Connection) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(.later(body))))
}

// MARK: - Messages that are not packets

/// Handles text messages that are not packets, with a synchronous function.
///
/// If there is also an `OnJSON` handler, this handles only text messages that are not JSON.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called synchronously on the connection's event loop.
public func OnText(_ body: @escaping @Sendable (Connection, String) throws -> Void) -> MessageHandler {
    MessageHandler(.text { text in .now { try body($0, text) } })
}

/// Handles text messages that are not packets, with an asynchronous function.
///
/// If there is also an `OnJSON` handler, this handles only text messages that are not JSON.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called on the connection's event loop. The next message of the connection is handled after it
///   returns.
public func OnText(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, String) async throws -> Void
) -> MessageHandler {
    MessageHandler(.text { text in .later { try await body($0, text) } })
}

/// Handles binary messages that are not packets, with a synchronous function.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called synchronously on the connection's event loop.
public func OnBinary(_ body: @escaping @Sendable (Connection, [UInt8]) throws -> Void) -> MessageHandler {
    MessageHandler(.binary { bytes in .now { try body($0, bytes) } })
}

/// Handles binary messages that are not packets, with an asynchronous function.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called on the connection's event loop. The next message of the connection is handled after it
///   returns.
public func OnBinary(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, [UInt8]) async throws -> Void
) -> MessageHandler {
    MessageHandler(.binary { bytes in .later { try await body($0, bytes) } })
}

/// Handles messages that are JSON but not packets, and decodes them as the parameter type of a synchronous function.
///
/// It handles all text messages that are JSON, including a single number or string. If there is no `OnBinary`
/// handler, it also handles the binary messages of peers that use JSON.
///
/// If a message has another type, the peer receives ``RPCErrorCode/invalidParameters`` with an empty `call_id`; a raw
/// path closes the connection with 1007 instead.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called synchronously on the connection's event loop.
public func OnJSON<Content: Decodable & Sendable>(
    _ body: @escaping @Sendable (Connection, Content) throws -> Void
) -> MessageHandler {
    MessageHandler(.json(HandlerBody { (content: Content) in .now { try body($0, content) } }))
}

/// Handles messages that are JSON but not packets, and decodes them as the parameter type of an asynchronous function.
///
/// It handles all text messages that are JSON, including a single number or string. If there is no `OnBinary`
/// handler, it also handles the binary messages of peers that use JSON.
///
/// If a message has another type, the peer receives ``RPCErrorCode/invalidParameters`` with an empty `call_id`; a raw
/// path closes the connection with 1007 instead.
///
/// If the function throws an ``RPCError``, a handler's path sends it as an error response with an empty `call_id`. A
/// ``ConnectionClosure`` closes the connection; any other error closes it with 1011. A raw path, which cannot respond,
/// also closes the connection after an ``RPCError``. See Protocol.md, "Non-RPC messages" and "Messages".
/// - Parameter body: Called on the connection's event loop. The next message of the connection is handled after it
///   returns.
public func OnJSON<Content: Decodable & Sendable>(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void
) -> MessageHandler {
    MessageHandler(.json(HandlerBody { (content: Content) in .later { try await body($0, content) } }))
}
