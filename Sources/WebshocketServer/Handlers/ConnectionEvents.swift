/// The functions of a handler that are called when a connection begins, ends, joins a room, or leaves a room.
///
/// Each function has several forms; implement one of them. If a handler implements several, all are called, one after
/// the other. The forms of `onConnect` that return a Boolean are called first, so the others are not called for a
/// client that is rejected.
public protocol ConnectionEvents: Sendable {
    /// Called when a client has connected, before any of its messages is read.
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws

    /// Called when a client has connected, before any of its messages is read.
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(connection: Connection) async throws

    /// Called when a client has connected, before any of its messages is read.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - request: The upgrade request that opened the connection.
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(_ connection: Connection, request: HTTPRequest) async throws

    /// Called when a client has connected, before any of its messages is read.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - request: The upgrade request that opened the connection.
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(connection: Connection, request: HTTPRequest) async throws

    // Two forms that differ only in their result would make a call such as `try await onConnect(connection)` ambiguous.
    // `@_disfavoredOverload` makes it call the form without a result. Swift has no public attribute for that.

    /// Called when a client has connected, before any of its messages is read.
    /// - Returns: Whether the client is admitted; false closes the connection with 1008 "Access denied".
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws -> Bool

    /// Called when a client has connected, before any of its messages is read.
    /// - Returns: Whether the client is admitted; false closes the connection with 1008 "Access denied".
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(connection: Connection) async throws -> Bool

    /// Called when a client has connected, before any of its messages is read.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - request: The upgrade request that opened the connection.
    /// - Returns: Whether the client is admitted; false closes the connection with 1008 "Access denied".
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(_ connection: Connection, request: HTTPRequest) async throws -> Bool

    /// Called when a client has connected, before any of its messages is read.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - request: The upgrade request that opened the connection.
    /// - Returns: Whether the client is admitted; false closes the connection with 1008 "Access denied".
    /// - Throws: A ``ConnectionClosure`` to reject the client with its code and reason. Any other error closes the
    ///   connection with 1011 and is logged.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(connection: Connection, request: HTTPRequest) async throws -> Bool

    /// Called when a connection has ended and its calls are cancelled; once for each connection that was passed to
    /// `onConnect`.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - closure: The close code and the reason.
    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async

    /// Called when a connection has ended and its calls are cancelled; once for each connection that was passed to
    /// `onConnect`.
    nonisolated(nonsending) func onDisconnect(_ connection: Connection) async

    /// Called when a connection has joined a room.
    ///
    /// The joins and leaves of a connection are reported in order, one at a time, on its event loop. While 64 of them
    /// are pending, no messages are read from the client.
    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async

    /// Called when a connection has joined a room.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - room: The name of the room.
    nonisolated(nonsending) func onJoin(_ connection: Connection, room: String) async

    /// Called when a connection has left a room and is no longer a member; once for each `onJoin`, after it.
    ///
    /// If the connection has ended, this is called for each of its rooms before `onDisconnect`.
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async

    /// Called when a connection has left a room and is no longer a member; once for each `onJoin`, after it.
    /// - Parameters:
    ///   - connection: The connection.
    ///   - room: The name of the room.
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: String) async
}

extension ConnectionEvents {
    /// Does nothing.
    public nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {}

    /// Does nothing.
    public nonisolated(nonsending) func onConnect(connection: Connection) async throws {}

    /// Does nothing.
    public nonisolated(nonsending) func onConnect(_ connection: Connection, request: HTTPRequest) async throws {}

    /// Does nothing.
    public nonisolated(nonsending) func onConnect(connection: Connection, request: HTTPRequest) async throws {}

    /// Admits the client.
    @_disfavoredOverload
    public nonisolated(nonsending) func onConnect(_ connection: Connection) async throws -> Bool { true }

    /// Admits the client.
    @_disfavoredOverload
    public nonisolated(nonsending) func onConnect(connection: Connection) async throws -> Bool { true }

    /// Admits the client.
    @_disfavoredOverload
    public nonisolated(nonsending) func onConnect(
        _ connection: Connection, request: HTTPRequest
    ) async throws -> Bool { true }

    /// Admits the client.
    @_disfavoredOverload
    public nonisolated(nonsending) func onConnect(
        connection: Connection, request: HTTPRequest
    ) async throws -> Bool { true }

    /// Does nothing.
    public nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onDisconnect(_ connection: Connection) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onJoin(_ connection: Connection, room: String) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async {}

    /// Does nothing.
    public nonisolated(nonsending) func onLeave(_ connection: Connection, room: String) async {}
}

// MARK: - Calling all forms

extension ConnectionEvents {
    /// Calls every form of `onConnect`, until one of them rejects the client.
    nonisolated(nonsending) func connectionBegan(_ connection: Connection) async throws {
        let request = connection.request
        guard try await onConnect(connection) as Bool, try await onConnect(connection: connection) as Bool,
            try await onConnect(connection, request: request) as Bool,
            try await onConnect(connection: connection, request: request) as Bool
        else { throw ConnectionClosure.accessDenied }
        try await onConnect(connection) as Void
        try await onConnect(connection: connection) as Void
        try await onConnect(connection, request: request) as Void
        try await onConnect(connection: connection, request: request) as Void
    }

    nonisolated(nonsending) func connectionEnded(_ connection: Connection, _ closure: ConnectionClosure) async {
        await onDisconnect(connection, closure: closure)
        await onDisconnect(connection)
    }

    nonisolated(nonsending) func roomJoined(_ connection: Connection, _ room: Room) async {
        await onJoin(connection, room: room)
        await onJoin(connection, room: room.name)
    }

    nonisolated(nonsending) func roomLeft(_ connection: Connection, _ room: Room) async {
        await onLeave(connection, room: room)
        await onLeave(connection, room: room.name)
    }
}

extension ConnectionClosure {
    /// The closure for a client that may not use the path.
    static let accessDenied = ConnectionClosure(.policyViolation, reason: "Access denied")
}

extension Connection {
    /// The upgrade request, rebuilt from the properties of the connection.
    fileprivate var request: HTTPRequest {
        HTTPRequest(
            method: .get, path: path, query: query, headers: headers,
            peer: PeerIdentity(address: remoteAddress, proxyAddress: proxyAddress), isSecure: isSecure,
            clientCertificate: clientCertificate, context: context)
    }
}
