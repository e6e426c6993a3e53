/// A message on its way out: it waits until the server has read those before it, and holds up the task that sends it.
///
/// Confined to the loop.
final class OutgoingMessage {
    private enum State {
        /// Exits: written → written; taken back, or the connection's end → over.
        case waiting([UInt8])
        /// In the outbox, or on from there.
        case written(end: Int)
        case over
    }

    let kind: MessageKind
    private var state: State
    /// Told once: that the message is in the outbox, or why it never will be; not told of a message that is taken back.
    var isSent: (((any Error)?) -> Void)?

    init(_ kind: MessageKind, _ bytes: [UInt8], isSent: (((any Error)?) -> Void)? = nil) {
        self.kind = kind
        self.isSent = isSent
        state = .waiting(bytes)
    }

    /// What is to be written; nil once it is, or is not to be any more.
    var waitingBytes: [UInt8]? {
        if case .waiting(let bytes) = state { bytes } else { nil }
    }

    /// - Parameter end: where it ends in all that the socket was ever given.
    func wasWritten(upTo end: Int) {
        state = .written(end: end)
        isSent.take()?(nil)
    }

    func failed(_ error: any Error) {
        state = .over
        isSent.take()?(error)
    }

    /// Keeps a message that still waits from being sent.
    /// - Returns: whether it did wait.
    func takeBack() -> Bool {
        guard case .waiting = state else { return false }
        state = .over
        isSent = nil
        return true
    }

    /// As above, and tells so; a message that is in the outbox stays there.
    func cancel() {
        guard case .waiting = state else { return }
        failed(CancellationError())
    }

    /// Whether it can have reached the server, at the end of the connection.
    /// - Parameter bytesTaken: how much the system took of all that the socket was ever given.
    func delivery(bytesTaken: Int) -> ClientError.Delivery {
        if case .written(let end) = state, end <= bytesTaken { .maybeExecuted } else { .notSent }
    }
}
