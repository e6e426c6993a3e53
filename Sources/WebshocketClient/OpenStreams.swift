import EventLoops

/// The inbox of a stream, shared by the event loop that fills it and the task that empties it.
final class StreamBuffer: Sendable {
    private let inbox: Locked<StreamInbox>

    init(window: Int) {
        inbox = Locked(StreamInbox(window: window))
    }

    var isHeldUp: Bool { inbox.withLock { $0.isHeldUp } }

    /// Adds an element.
    /// - Returns: The number of waiting elements, including this one.
    func arrived(_ element: WireValue) -> Int {
        inbox.withLock { inbox in
            inbox.arrived(element)
            return inbox.count
        }
    }

    func end(_ ending: StreamInbox.Ending) { inbox.withLock { $0.end(ending) } }

    func next() -> StreamInbox.Next { inbox.withLock { $0.next() } }
}

/// An open stream, as seen by the event loop.
final class OpenStream {
    /// The continuation of a consumer. It gets the next element, nil at the end of the stream, or an error.
    typealias Waiter = CheckedContinuation<Result<WireValue?, any Error>, Never>

    let id: String
    let buffer: StreamBuffer
    let request: OutgoingMessage
    /// The timeout of the whole stream; nil for no timeout.
    let timeout: Duration?
    let timer: TimerToken?
    /// The basis of the overflow limit: the stream ends when eight times as many elements wait.
    let capacity: Int
    fileprivate(set) var waiter: Waiter?
    fileprivate var isHeldUp = false

    init(
        id: String, _ buffer: StreamBuffer, _ request: OutgoingMessage, capacity: Int, timeout: Duration?,
        timer: TimerToken?
    ) {
        self.id = id
        self.buffer = buffer
        self.request = request
        self.capacity = capacity
        self.timeout = timeout
        self.timer = timer
    }
}

/// The open streams of a client. Each is removed exactly once.
struct OpenStreams {
    private var streams: [ExactText: OpenStream] = [:]
    /// The number of consumers that wait for an element.
    private(set) var waiting = 0
    /// The number of streams with more waiting elements than their window.
    private(set) var heldUp = 0

    subscript(id: String) -> OpenStream? { streams[ExactText(id)] }

    mutating func add(_ stream: OpenStream) {
        streams[ExactText(stream.id)] = stream
    }

    mutating func wait(_ waiter: OpenStream.Waiter, for stream: OpenStream) {
        stream.waiter = waiter
        waiting += 1
    }

    mutating func takeWaiter(of stream: OpenStream) -> OpenStream.Waiter? {
        guard let waiter = stream.waiter.take() else { return nil }
        waiting -= 1
        return waiter
    }

    /// Updates ``heldUp`` from the stream's buffer, which its consumer empties on another thread.
    mutating func noteHoldUp(of stream: OpenStream) {
        let isHeldUp = stream.buffer.isHeldUp
        guard isHeldUp != stream.isHeldUp else { return }
        stream.isHeldUp = isHeldUp
        heldUp += isHeldUp ? 1 : -1
    }

    /// Removes a stream. Its waiter must be taken before.
    mutating func remove(_ stream: OpenStream) {
        guard streams.removeValue(forKey: ExactText(stream.id)) != nil, stream.isHeldUp else { return }
        stream.isHeldUp = false
        heldUp -= 1
    }

    var all: [OpenStream] { Array(streams.values) }
}
