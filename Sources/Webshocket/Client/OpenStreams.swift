import EventLoops

/// A stream's inbox, shared by the loop that fills it and the task that empties it.
final class StreamBuffer: Sendable {
    private let inbox: Locked<StreamInbox>

    init(window: Int) {
        inbox = Locked(StreamInbox(window: window))
    }

    var isHeldUp: Bool { inbox.withLock { $0.isHeldUp } }

    /// - Returns: how many elements wait with this one.
    func arrived(_ element: Value) -> Int {
        inbox.withLock { inbox in
            inbox.arrived(element)
            return inbox.count
        }
    }

    func end(_ ending: StreamInbox.Ending) { inbox.withLock { $0.end(ending) } }

    func next() -> StreamInbox.Next { inbox.withLock { $0.next() } }
}

/// A stream that has not ended, as the loop knows it.
final class OpenStream {
    /// The next element, or nil at the end; or an error.
    typealias Waiter = CheckedContinuation<Result<Value?, any Error>, Never>

    let id: String
    let buffer: StreamBuffer
    let request: OutgoingMessage
    /// How long it may take to its end; nil for as long as the connection lives.
    let timeout: Duration?
    let timer: TimerToken?
    /// Of a flood: how many elements may wait before the stream is ended.
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

/// The streams of one client that have not ended; each leaves exactly once.
struct OpenStreams {
    private var streams: [ExactText: OpenStream] = [:]
    /// How many consumers wait for an element.
    private(set) var waiting = 0
    /// How many streams hold more elements than they should.
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

    /// Asks the stream's buffer, which its consumer empties on another thread.
    mutating func noteHoldUp(of stream: OpenStream) {
        let isHeldUp = stream.buffer.isHeldUp
        guard isHeldUp != stream.isHeldUp else { return }
        stream.isHeldUp = isHeldUp
        heldUp += isHeldUp ? 1 : -1
    }

    /// Takes a stream out; its waiter is to be taken before.
    mutating func remove(_ stream: OpenStream) {
        guard streams.removeValue(forKey: ExactText(stream.id)) != nil, stream.isHeldUp else { return }
        stream.isHeldUp = false
        heldUp -= 1
    }

    var all: [OpenStream] { Array(streams.values) }
}
