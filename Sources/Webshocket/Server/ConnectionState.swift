import Synchronization

/// How far a server's connection is in its life; it only goes forward.
public enum ConnectionState: Sendable, Hashable, CaseIterable {
    /// The peer is connected and the handler's `onConnect` has not returned.
    case connecting
    /// Calls and messages are heard.
    case open
    /// The closing handshake has begun, on either side, or the connection was lost: nothing is sent any more.
    case closing
    /// The connection has ended.
    case closed
}

extension Connection {
    /// How far the connection is in its life; it may have gone on by the time that it is looked at.
    public var state: ConnectionState { ConnectionState.allCases[stage.load(ordering: .relaxed)] }

    /// On the connection's loop.
    func change(to state: ConnectionState) {
        guard let stage = ConnectionState.allCases.firstIndex(of: state) else { return }
        self.stage.max(stage, ordering: .relaxed)
    }
}
