import Synchronization

/// The state of a server's connection. States only advance, in the order of declaration.
public enum ConnectionState: Sendable, Hashable, CaseIterable {
    /// The peer is connected, and the handler's `onConnect` has not returned yet.
    case connecting
    /// The server accepts calls and messages.
    case open
    /// Either side has begun the closing handshake, or the connection was lost. No more messages are sent.
    case closing
    /// The connection has ended.
    case closed
}

extension Connection {
    /// The state of the connection. It may have advanced by the time the caller uses the value.
    public var state: ConnectionState { ConnectionState.allCases[stage.load(ordering: .relaxed)] }

    /// Advances the state; earlier states are ignored. Runs on the connection's loop.
    func change(to state: ConnectionState) {
        guard let stage = ConnectionState.allCases.firstIndex(of: state) else { return }
        self.stage.max(stage, ordering: .relaxed)
    }
}
