import EventLoops
import Synchronization

/// The counters of a client since it was created; see ``WebSocketClient/statistics``.
public struct ClientStatistics: Sendable, Hashable {
    /// The number of connections that were open.
    public internal(set) var connections = 0
    /// The number of connection attempts, including failed ones.
    public internal(set) var attempts = 0
    /// The number of messages put into an outbox.
    public internal(set) var messagesSent = 0
    /// The number of messages received.
    public internal(set) var messagesReceived = 0
    /// The number of packets dropped because the inbox was full; see ``ClientConfiguration/inboxSize``.
    public internal(set) var packetsDropped = 0
    /// The number of calls and messages that were kept for the next connection when a connection ended.
    public internal(set) var messagesRequeued = 0
    /// The number of calls and messages that currently wait for a connection, or for room in its outbox.
    public internal(set) var messagesQueued = 0
}

/// The state of a client that other threads may read at any time. Written on the client's event loop.
final class ClientStatus: Sendable {
    private let current = Locked(ClientState.idle)
    let connections = Atomic(0)
    let attempts = Atomic(0)
    let messagesSent = Atomic(0)
    let messagesReceived = Atomic(0)
    let packetsDropped = Atomic(0)
    let messagesRequeued = Atomic(0)
    let messagesQueued = Atomic(0)
    private let agreed = Locked<String?>(nil)

    var state: ClientState { current.withLock { $0 } }

    func change(to state: ClientState) { current.withLock { $0 = state } }

    /// The subprotocol of the last connection.
    var subprotocol: String? {
        get { agreed.withLock { $0 } }
        set { agreed.withLock { $0 = newValue } }
    }

    var statistics: ClientStatistics {
        var statistics = ClientStatistics()
        statistics.connections = connections.load(ordering: .relaxed)
        statistics.attempts = attempts.load(ordering: .relaxed)
        statistics.messagesSent = messagesSent.load(ordering: .relaxed)
        statistics.messagesReceived = messagesReceived.load(ordering: .relaxed)
        statistics.packetsDropped = packetsDropped.load(ordering: .relaxed)
        statistics.messagesRequeued = messagesRequeued.load(ordering: .relaxed)
        statistics.messagesQueued = messagesQueued.load(ordering: .relaxed)
        return statistics
    }
}
