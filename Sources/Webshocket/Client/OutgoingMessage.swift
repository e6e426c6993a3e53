import EventLoops

/// A message on its way out: it waits for a connection, and until the server has read those before it, and holds up the
/// task that sends it.
///
/// Confined to the loop.
final class OutgoingMessage {
    private enum State {
        /// Exits: written → written; taken back, failed, or the end → over.
        case waiting([UInt8])
        /// In a connection's outbox, or on from there. Exits: revived → waiting; refused → refused.
        case written(end: Int, kept: [UInt8]?)
        /// The server did not run it, because it shuts down. Exits: revived → waiting; taken back, failed → over.
        case refused([UInt8])
        case over
    }

    /// What may go before what waits.
    enum Way: Sendable {
        case behindOthers
        /// It prepares a connection.
        case preparing(ClientSession.Preparing)
        /// It is the client's own, on a new connection.
        case ahead

        /// That of what the current task sends.
        static var ofTask: Way { ClientSession.preparing.map { .preparing($0) } ?? .behindOthers }

        var isBehindOthers: Bool {
            if case .behindOthers = self { true } else { false }
        }
    }

    /// Why the bytes are kept after the message was written.
    enum Keeping: Sendable {
        case not
        /// The server may refuse it because it shuts down, and then it was not run.
        case forRefusal
        /// The server may get it twice, too.
        case forRepetition
    }

    let kind: MessageKind
    private let keeps: Keeping
    /// Whether it is a raw message, rather than a packet.
    let isRaw: Bool
    /// How long it may wait for a connection; nil for what the client's queue says.
    let timeToLive: Duration?
    let way: Way
    private var state: State
    private var revivals = 0
    private var wasRevived: Bool { revivals > 0 }
    /// Told that the message is in the outbox, or once why it never will be; not told of a message that is taken back.
    var isSent: (((any Error)?) -> Void)?

    /// Its place in the order of all that the client sends; the queue's to set, as is all that follows.
    var sequence: UInt64 = 0
    var place: OutgoingQueue<OutgoingMessage>.Place?
    var expiry: TimerToken?
    /// Until when it may wait for a connection; nil for one that has not waited for one.
    var end: ContinuousClock.Instant?
    /// The limits that it is known not to exceed.
    var checkedLimits: ServerLimits?

    private static let mostRevivals = 5

    init(
        _ kind: MessageKind, _ bytes: [UInt8], keeps: Keeping = .not, isRaw: Bool = false, timeToLive: Duration? = nil,
        way: Way = .ofTask, isSent: (((any Error)?) -> Void)? = nil
    ) {
        self.kind = kind
        self.keeps = keeps
        self.isRaw = isRaw
        self.timeToLive = timeToLive
        self.way = way
        self.isSent = isSent
        state = .waiting(bytes)
    }

    /// What is to be written; nil once it is, or is not to be any more.
    var waitingBytes: [UInt8]? {
        if case .waiting(let bytes) = state { bytes } else { nil }
    }

    var isWaiting: Bool { waitingBytes != nil }

    /// - Parameter end: where it ends in all that the socket was ever given.
    func wasWritten(upTo end: Int) {
        let isKept = keeps != .not
        state = .written(end: end, kept: isKept ? waitingBytes : nil)
        isSent?(nil)
        // One that is sent again may fail yet.
        if !isKept { isSent = nil }
    }

    /// - Parameter error: what the sender is told; of a ``ClientError`` whose delivery says that it was not sent, not
    ///   that where an earlier connection may have carried it.
    func failed(_ error: any Error) {
        state = .over
        isSent.take()?(adjusted(error))
    }

    private func adjusted(_ error: any Error) -> any Error {
        guard wasRevived, var error = error as? ClientError else { return error }
        error.delivery = .maybeExecuted
        return error
    }

    /// Keeps a message that still waits from being sent.
    /// - Returns: whether it did wait.
    func takeBack() -> Bool {
        switch state {
        case .waiting, .refused:
            state = .over
            isSent = nil
            return true
        case .written, .over: return false
        }
    }

    /// The server has answered that it did not run it, because it shuts down.
    /// - Returns: whether it can wait for the next connection.
    func wasRefused() -> Bool {
        guard case .written(_, let bytes?) = state else { return false }
        state = .refused(bytes)
        return true
    }

    var isRefused: Bool {
        if case .refused = state { true } else { false }
    }

    /// Lets a message that was written to a connection wait for the next one.
    /// - Returns: whether it may be sent once more; it may not for ever, for it may be what ends the connections.
    func revive() -> Bool {
        switch state {
        case .refused(let bytes):
            state = .waiting(bytes)
            return true
        case .written(_, let bytes?) where keeps == .forRepetition && revivals < Self.mostRevivals:
            state = .waiting(bytes)
            revivals += 1
            return true
        case .written, .waiting, .over: return false
        }
    }

    /// Whether it can have reached the server, at the end of the connection.
    /// - Parameter bytesTaken: how much the system took of all that the socket was ever given.
    func delivery(bytesTaken: Int) -> ClientError.Delivery {
        if case .written(let end, _) = state, end <= bytesTaken { return .maybeExecuted }
        return deliveryWhileWaiting
    }

    /// Whether it can have reached the server before it waited.
    var deliveryWhileWaiting: ClientError.Delivery { wasRevived ? .maybeExecuted : .notSent }
}
