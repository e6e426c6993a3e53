/// What a server counts, at one moment.
public struct ServerStatistics: Sendable, Hashable {
    /// Connections: those included that still shake hands, and those that carry requests for pages.
    public let connections: Int
    /// Connections since the start, those that were turned away before they shook hands not counted.
    public let connectionsEver: Int
    /// What the hub of each path counts.
    public let paths: [String: HubStatistics]

    /// What became of messages for connections that were too slow, on all paths.
    public var slowConsumers: SlowConsumerStatistics {
        paths.values.reduce(SlowConsumerStatistics()) { $0.adding($1.slowConsumers) }
    }
}

extension WebSocketServer {
    /// What the server counts. Costs a few locks, whatever the number of connections.
    public var statistics: ServerStatistics {
        ServerStatistics(
            connections: connectionCount, connectionsEver: connectionsEver, paths: hubs.mapValues(\.statistics))
    }

    /// Sends a value to every connection of every path; see
    /// ``Hub/broadcast(_:event:where:excluding:)-(_,_,_,Connection...)``.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil
    ) throws {
        for hub in hubs.values { try hub.broadcast(value, event: event, where: predicate) }
    }

    /// Sends a value to all connections of a user, on every path; see ``Hub/send(_:toUser:event:excluding:)``.
    /// - Returns: how many connections that was.
    @discardableResult
    public func send(_ value: some Encodable & Sendable, toUser user: String, event: String? = nil) throws -> Int {
        var count = 0
        for hub in hubs.values { count += try hub.send(value, toUser: user, event: event) }
        return count
    }
}
