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
    /// The size of its request, while that counts towards ``Limits/requestBytes``.
    var requestBytes = 0
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
