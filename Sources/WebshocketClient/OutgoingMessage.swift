import EventLoops

/// A message to be sent. It may wait for a connection, and for the server to read earlier messages. The task that sends
/// it waits too.
///
/// Confined to the event loop.
final class OutgoingMessage {
    private enum State {
        /// Exits: written → written; taken back or failed → over.
        case waiting([UInt8])
        /// In a connection's outbox, or sent. Exits: revived → waiting; refused → refused.
        case written(end: Int, kept: [UInt8]?)
        /// The server did not run it because it is shutting down. Exits: revived → waiting; taken back or failed →
        /// over.
        case refused([UInt8])
        case over
    }

    /// The position of a message relative to those that wait.
    enum Way: Sendable {
        case behindOthers
        /// The message is part of the preparation of a connection.
        case preparing(ClientSession.Preparing)
        /// The client sends the message by itself, before all others.
        case ahead

        /// The way of messages that the current task sends.
        static var ofTask: Way { ClientSession.preparing.map { .preparing($0) } ?? .behindOthers }

        var isBehindOthers: Bool {
            if case .behindOthers = self { true } else { false }
        }
    }

    /// Why the bytes are kept after the message is written.
    enum Keeping: Sendable {
        case not
        /// A server that is shutting down may refuse the message without running it.
        case forRefusal
        /// The server may also receive the message twice.
        case forRepetition
    }

    let kind: MessageKind
    private let keeps: Keeping
    /// Whether this is a raw message rather than a packet.
    let isRaw: Bool
    /// How long the message may wait for a connection; nil for the default of the client's queue.
    let timeToLive: Duration?
    let way: Way
    private var state: State
    private var revivals = 0
    private var wasRevived: Bool { revivals > 0 }
    /// Called when the message is in the outbox, or once with the error if it cannot be sent. Not called for a message
    /// that is taken back.
    var isSent: (((any Error)?) -> Void)?

    /// The position in the order of everything that the client sends. The queue sets this property and those below.
    var sequence: UInt64 = 0
    var place: OutgoingQueue<OutgoingMessage>.Place?
    var expiry: TimerToken?
    /// The end of the time to wait for a connection; nil if the message has not waited for one.
    var end: ContinuousClock.Instant?
    /// The limits that the message was checked against.
    var checkedLimits: AnnouncedLimits?

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

    /// The bytes to write; nil after they are written, or if the message is not to be sent.
    var waitingBytes: [UInt8]? {
        if case .waiting(let bytes) = state { bytes } else { nil }
    }

    var isWaiting: Bool { waitingBytes != nil }

    /// Notes that the message was written to a connection.
    /// - Parameter end: The position of its end in all bytes that the socket was given.
    func wasWritten(upTo end: Int) {
        let isKept = keeps != .not
        state = .written(end: end, kept: isKept ? waitingBytes : nil)
        isSent?(nil)
        // A message that is kept may be sent again, and then fail.
        if !isKept { isSent = nil }
    }

    /// Ends the message with an error.
    /// - Parameter error: The error for the sender. If an earlier connection may have delivered the message, the
    ///   delivery of a ``ClientError`` is changed to `maybeExecuted`.
    func failed(_ error: any Error) {
        state = .over
        isSent.take()?(adjusted(error))
    }

    private func adjusted(_ error: any Error) -> any Error {
        guard wasRevived, var error = error as? ClientError else { return error }
        error.delivery = .maybeExecuted
        return error
    }

    /// Withdraws a message that is still waiting.
    /// - Returns: Whether the message was waiting.
    func takeBack() -> Bool {
        switch state {
        case .waiting, .refused:
            state = .over
            isSent = nil
            return true
        case .written, .over: return false
        }
    }

    /// Notes that the server did not run the message because it is shutting down.
    /// - Returns: Whether the message can wait for the next connection.
    func wasRefused() -> Bool {
        guard case .written(_, let bytes?) = state else { return false }
        state = .refused(bytes)
        return true
    }

    var isRefused: Bool {
        if case .refused = state { true } else { false }
    }

    /// Makes a message that was written to a lost connection wait for the next one.
    /// - Returns: Whether it may be sent again. The number of repetitions is limited, because the message may be the
    ///   cause of the lost connections.
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

    /// Whether the message may have reached the server when the connection ended.
    /// - Parameter bytesTaken: How many of the socket's bytes the operating system accepted.
    func delivery(bytesTaken: Int) -> ClientError.Delivery {
        if case .written(let end, _) = state, end <= bytesTaken { return .maybeExecuted }
        return deliveryWhileWaiting
    }

    /// Whether the message may have reached the server over an earlier connection.
    var deliveryWhileWaiting: ClientError.Delivery { wasRevived ? .maybeExecuted : .notSent }
}
