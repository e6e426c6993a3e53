/// The functions of a handler that are called when a connection begins, ends, joins a room, or leaves one.
///
/// Several forms of each function exist; all that a handler implements are called, one after the other. Implement one.
/// The forms of `onConnect` that return a Boolean are called before the others, so nothing is done for a client that one
/// of them refuses.
public protocol ConnectionEvents: Sendable {
    /// Called when a client has connected, before any of its messages is read.
    /// - Throws: A ``ConnectionClosure`` to refuse the client with its code and reason; any other error closes the
    ///   connection with 1011 and is logged.
    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws

    /// Called when a client has connected, as above.
    nonisolated(nonsending) func onConnect(connection: Connection) async throws

    /// Called when a client has connected, as above.
    /// - Parameter request: the upgrade request that opened the connection.
    nonisolated(nonsending) func onConnect(_ connection: Connection, request: HTTPRequest) async throws

    /// Called when a client has connected, as above.
    /// - Parameter request: the upgrade request that opened the connection.
    nonisolated(nonsending) func onConnect(connection: Connection, request: HTTPRequest) async throws

    // Two forms that differ only in their result would make a call such as `try await onConnect(connection)` ambiguous.
    // With `@_disfavoredOverload`, for which Swift has no public spelling, it means the form without a result.

    /// Called when a client has connected, as above.
    /// - Returns: Whether the client is admitted; false closes the connection with 1008 "Access denied".
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws -> Bool

    /// Called when a client has connected, as above.
    /// - Returns: Whether the client is admitted, as above.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(connection: Connection) async throws -> Bool

    /// Called when a client has connected, as above.
    /// - Parameter request: the upgrade request that opened the connection.
    /// - Returns: Whether the client is admitted, as above.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(_ connection: Connection, request: HTTPRequest) async throws -> Bool

    /// Called when a client has connected, as above.
    /// - Parameter request: the upgrade request that opened the connection.
    /// - Returns: Whether the client is admitted, as above.
    @_disfavoredOverload
    nonisolated(nonsending) func onConnect(connection: Connection, request: HTTPRequest) async throws -> Bool

    /// Called once for each connection that `onConnect` was called for, after it has ended and its calls are cancelled.
    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async

    /// Called when a connection has ended, as above.
    nonisolated(nonsending) func onDisconnect(_ connection: Connection) async

    /// Called when a connection has joined a room. Joins and leaves of one connection are reported in order, one after
    /// the other, on its loop; while 64 of them wait, no message is read from the client.
    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async

    /// Called when a connection has joined a room, with the room's name.
    nonisolated(nonsending) func onJoin(_ connection: Connection, room: String) async

    /// Called when a connection has left a room, by itself or, before `onDisconnect`, because it has ended. It is no
    /// longer a member of the room. Called once for each `onJoin`, after it.
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async

    /// Called when a connection has left a room, with the room's name.
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
    /// Calls each form of `onConnect`, until one refuses the client.
    ///
    /// All are called, so that no form that a handler implements is ignored.
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
    /// Tells a client that it may not use the path.
    static let accessDenied = ConnectionClosure(.policyViolation, reason: "Access denied")
}

extension Connection {
    /// The upgrade request, rebuilt from what the connection keeps of it.
    fileprivate var request: HTTPRequest {
        HTTPRequest(
            method: .get, path: path, query: query, headers: headers,
            peer: PeerIdentity(address: remoteAddress, proxyAddress: proxyAddress), isSecure: isSecure,
            clientCertificate: clientCertificate, context: context)
    }
}
