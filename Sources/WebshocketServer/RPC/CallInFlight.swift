import EventLoops

/// A call of an asynchronous method, from its start until its task ends. Confined to the connection's loop.
final class CallInFlight {
    let id: [UInt8]
    /// Whether the caller expects no response.
    let isNotification: Bool
    let isStream: Bool
    /// The number of its task in the connection's ``TaskBag``; nil until the task suspends for the first time.
    var task: UInt64?
    var deadline: TimerToken?
    /// The size of its request in bytes, while that counts towards ``ServerLimits/requestBytes``; otherwise 0.
    var requestBytes = 0
    /// Whether the last response was written or is no longer wanted. Further results of the method are dropped.
    var isAnswered = false
    /// For a stream, the credit of its consumer.
    var flow = StreamFlow()
    var producer = Producer.running
    /// For a stream, the number of elements sent since its task last yielded to other tasks.
    var burst = 0

    init(_ request: IncomingRequest, id: [UInt8], isStream: Bool = false) {
        self.id = id
        self.isStream = isStream
        isNotification = request.isNotification
    }

    /// The state of a stream's producer: running, or suspended before the next element.
    enum Producer {
        /// Exits: the consumer's credit is spent → awaitsCredit; the outbound queue is full → awaitsRoom.
        case running
        /// Exits: the consumer grants credit, or the stream ends → running.
        case awaitsCredit(CheckedContinuation<Void, Never>)
        /// Exits: the queue drains and it is this stream's turn, or the stream ends → running.
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

    /// Resumes the producer, if it is suspended, after the stream has ended.
    func endWait() {
        creditWasGranted()
        roomWasFound()
    }
}
