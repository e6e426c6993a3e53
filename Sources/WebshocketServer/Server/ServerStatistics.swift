/// A snapshot of a server's counters.
public struct ServerStatistics: Sendable, Hashable {
    /// The number of current connections, including those in the handshake and those that carry requests for pages.
    public let connections: Int
    /// The number of connections since the start, not counting those that were refused before the handshake.
    public let totalConnections: Int
    /// The counters of each path's hub, by path.
    public let paths: [String: HubStatistics]

    /// The counters of slow consumers, summed over all paths.
    public var slowConsumers: SlowConsumerStatistics {
        paths.values.reduce(SlowConsumerStatistics()) { $0.adding($1.slowConsumers) }
    }
}

extension WebSocketServer {
    /// The current counters of the server.
    /// - Complexity: O(number of paths), with a few locks; independent of the number of connections.
    public var statistics: ServerStatistics {
        ServerStatistics(
            connections: connectionCount, totalConnections: totalConnections, paths: hubs.mapValues(\.statistics))
    }

    /// Sends a value to every connection of every path.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - event: The name of the event; nil for none.
    ///   - predicate: A condition on the recipients' session attributes; nil for all connections.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the event's name is invalid; `EncodingError` if the value cannot
    ///   be encoded, such as NaN in JSON. If it throws, nothing is sent.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil
    ) throws {
        for hub in hubs.values { try hub.broadcast(value, event: event, where: predicate) }
    }

    /// Sends a value to all connections of a user, on every path. The message is never dropped.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - user: The value of the connections' ``Connection/userID``.
    ///   - event: The name of the event; nil for none.
    /// - Returns: The number of connections that it was sent to; 0 if the user is not connected to this server.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the event's name is invalid; `EncodingError` if the value cannot
    ///   be encoded, such as NaN in JSON. If it throws, nothing is sent.
    @discardableResult
    public func send(_ value: some Encodable & Sendable, toUser user: String, event: String? = nil) throws -> Int {
        var count = 0
        for hub in hubs.values { count += try hub.send(value, toUser: user, event: event) }
        return count
    }
}
