import EventLoops

/// A call whose method is asynchronous, from its start until its task has ended; confined to the connection's loop.
final class CallInFlight {
    let id: [UInt8]
    /// Whether nobody waits for a response.
    let isNotification: Bool
    let isStream: Bool
    /// Its task's number in the connection's ``TaskBag``; nil while its first stretch runs.
    var task: UInt64?
    var deadline: TimerToken?
    /// Its last response has been written, or none is wanted any more: what the method still says is dropped.
    var isAnswered = false
    /// Of a stream: what the consumer will take.
    var flow = StreamFlow()
    var producer = Producer.running
    /// Of a stream: elements since its task last let others run.
    var burst = 0

    init(_ request: IncomingRequest, id: [UInt8], isStream: Bool = false) {
        self.id = id
        self.isStream = isStream
        isNotification = request.isNotification
    }

    /// Of a stream: what makes its next element wait.
    enum Producer {
        /// Exits: the consumer's credit is spent → awaitsCredit, the outbound queue is full → awaitsRoom.
        case running
        /// Exits: a grant, or the end → running.
        case awaitsCredit(CheckedContinuation<Void, Never>)
        /// Exits: its turn when the queue drains, or the end → running.
        case awaitsRoom(CheckedContinuation<Void, Never>)
    }

    func creditWasGranted() {
        guard case .awaitsCredit(let continuation) = producer else { return }
        producer = .running
        continuation.resume()
    }

    func roomWasFound() {
        guard case .awaitsRoom(let continuation) = producer else { return }
        producer = .running
        continuation.resume()
    }

    /// Lets the producer see that the stream is over.
    func endWait() {
        creditWasGranted()
        roomWasFound()
    }
}

/// The calls of one connection that can still be named by their peer; confined to its loop.
struct CallsInFlight {
    /// Those with one response. Of two calls with one id the later one is named by it.
    private var calls: [[UInt8]: CallInFlight] = [:]
    /// Those that nobody can name.
    private var notifications: [ObjectIdentifier: CallInFlight] = [:]
    /// Those that stream, until they are answered; no two have one id.
    private(set) var streams: [[UInt8]: CallInFlight] = [:]

    subscript(id: [UInt8]) -> CallInFlight? { streams[id] ?? calls[id] }

    mutating func add(_ call: CallInFlight) {
        if call.isNotification {
            notifications[ObjectIdentifier(call)] = call
        } else if call.isStream {
            streams[call.id] = call
        } else {
            calls[call.id] = call
        }
    }

    mutating func remove(_ call: CallInFlight) {
        notifications[ObjectIdentifier(call)] = nil
        if calls[call.id] === call { calls[call.id] = nil }
        if streams[call.id] === call { streams[call.id] = nil }
    }

    /// Takes all out, as at the connection's end.
    mutating func removeAll() -> [CallInFlight] {
        defer { self = CallsInFlight() }
        return Array(calls.values) + streams.values + notifications.values
    }
}
