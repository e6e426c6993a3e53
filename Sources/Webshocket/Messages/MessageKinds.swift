// The kinds of messages as functions. Capitalised on purpose: they read as the words of a declaration.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// MARK: - Events

/// Hears custom packets with an event's name, and reads their data as the function's type.
///
///     OnEvent("typing", typing)
///     OnEvent("moved") { (connection: Connection, to: Point) in … }
///
/// A synchronous function is called on the spot and costs the least. Of an asynchronous one the connection's next
/// message is handled when it has returned.
///
/// Data of another type is answered with ``RPCErrorCode/invalidParameters``, and an ``RPCError`` that the function
/// throws as it is, both under an empty `call_id`; a ``ConnectionClosure`` closes the connection, any other error
/// closes it with 1011. See Protocol.md, "Non-RPC messages".
/// - Parameters:
///   - name: 1 to 256 bytes without control characters; names that begin with `__` are the framework's.
///   - body: called on the connection's loop.
public func OnEvent<Content: Decodable & Sendable>(
    _ name: String, _ body: @escaping @Sendable (Connection, Content) throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody { (content: Content) in .now { try body($0, content) } }))
}

/// Hears custom packets with an event's name, and reads their data as an asynchronous function's type; else as above.
public func OnEvent<Content: Decodable & Sendable>(
    _ name: String,
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody { (content: Content) in .later { try await body($0, content) } }))
}

/// Hears custom packets with an event's name as they are, for who wants to ``Connection/reply(_:to:)``; else as above.
public func OnEvent(
    _ name: String, _ body: @escaping @Sendable (Connection, Packet) throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(packet: { packet in .now { try body($0, packet) } })))
}

/// Hears custom packets with an event's name as they are, with an asynchronous function; else as above.
public func OnEvent(
    _ name: String,
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Packet) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(packet: { packet in .later { try await body($0, packet) } })))
}

/// Hears custom packets with an event's name, whatever their data; else as above.
public func OnEvent(_ name: String, _ body: @escaping @Sendable (Connection) throws -> Void) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(.now(body))))
}

/// Hears custom packets with an event's name, whatever their data, with an asynchronous function; else as above.
public func OnEvent(
    _ name: String, _ body: nonisolated(nonsending) @escaping @Sendable (Connection) async throws -> Void
) -> MessageHandler {
    MessageHandler(.event(name, HandlerBody(.later(body))))
}

// MARK: - Messages that are no packets

/// Hears text messages that are no packets; where there is an `OnJSON` too, those that are no JSON either.
/// - Parameter body: as for an event.
public func OnText(_ body: @escaping @Sendable (Connection, String) throws -> Void) -> MessageHandler {
    MessageHandler(.text { text in .now { try body($0, text) } })
}

/// Hears text messages that are no packets with an asynchronous function; else as above.
public func OnText(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, String) async throws -> Void
) -> MessageHandler {
    MessageHandler(.text { text in .later { try await body($0, text) } })
}

/// Hears binary messages that are no packets.
/// - Parameter body: as for an event.
public func OnBinary(_ body: @escaping @Sendable (Connection, [UInt8]) throws -> Void) -> MessageHandler {
    MessageHandler(.binary { bytes in .now { try body($0, bytes) } })
}

/// Hears binary messages that are no packets with an asynchronous function; else as above.
public func OnBinary(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, [UInt8]) async throws -> Void
) -> MessageHandler {
    MessageHandler(.binary { bytes in .later { try await body($0, bytes) } })
}

/// Hears messages that are JSON and no packets, and reads them as the function's type: all text messages that are JSON,
/// a single number or word too, and, where there is no `OnBinary`, binary ones of peers that speak JSON.
/// - Parameter body: as for an event; a message of another type is answered like an event's data.
public func OnJSON<Content: Decodable & Sendable>(
    _ body: @escaping @Sendable (Connection, Content) throws -> Void
) -> MessageHandler {
    MessageHandler(.json(HandlerBody { (content: Content) in .now { try body($0, content) } }))
}

/// Hears messages that are JSON and no packets with an asynchronous function; else as above.
public func OnJSON<Content: Decodable & Sendable>(
    _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void
) -> MessageHandler {
    MessageHandler(.json(HandlerBody { (content: Content) in .later { try await body($0, content) } }))
}
