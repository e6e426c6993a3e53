import EventLoops

/// The subscribers and the publisher of one run, and the latencies of their messages.
///
/// Confined to the event loop.
final class Load {
    /// A connection that receives the published messages.
    private final class Subscriber {
        let isStalled: Bool
        /// The number of the next message.
        var due = 0
        /// The offset of the number in a message; nil before the first message.
        var offset: Int?

        init(isStalled: Bool) {
            self.isStalled = isStalled
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let loop: EventLoop
    private let plan: Plan
    /// Called periodically during the run.
    private let sample: () -> Void
    private var peers: [Peer] = []
    private var publisher: Peer?
    private var request: [UInt8]
    private let numberOffset: Int
    private var sentAt: [ContinuousClock.Instant] = []
    private var readersLeft = 0
    private var completion: CheckedContinuation<Void, any Error>?
    private(set) var latencies = Latencies()
    /// The time from the first message sent to the last message received.
    private(set) var time = Duration.zero

    init(_ plan: Plan, on loop: EventLoop, sample: @escaping () -> Void) {
        self.plan = plan
        self.loop = loop
        self.sample = sample
        request = Message.request(size: plan.size)
        numberOffset = request.withUnsafeBytes { Message.offset(in: $0) } ?? 0
        sentAt.reserveCapacity(plan.messages)
    }

    func close() {
        for peer in peers { peer.close() }
        publisher?.close()
    }
}

// MARK: - Setup

extension Load {
    /// Adds a subscriber.
    ///
    /// - Parameter completion: Resumed when the peer is subscribed.
    func addSubscriber(_ socket: Socket, isStalled: Bool, _ completion: CheckedContinuation<Void, any Error>) {
        self.completion = completion
        if !isStalled { readersLeft += 1 }
        let subscriber = Subscriber(isStalled: isStalled)
        var isSubscribed = false
        add(socket) { [unowned self] peer, bytes, now in
            guard isSubscribed else {
                isSubscribed = true
                if isStalled { peer.stopReading() }
                return end(nil)
            }
            take(bytes, for: subscriber, at: now)
        } opened: { peer in
            peer.send(Message.call("join", [.string(Message.channel)]))
        } ended: { [unowned self] reason in
            if !isStalled || !isSubscribed { end(Failure(description: "connection of a subscriber ended: \(reason)")) }
        }
    }

    /// Adds the publisher.
    ///
    /// - Parameter completion: Resumed when the peer is connected.
    func addPublisher(_ socket: Socket, _ completion: CheckedContinuation<Void, any Error>) {
        self.completion = completion
        publisher = add(socket) { [unowned self] _, _, _ in
            publish()
        } opened: { [unowned self] _ in
            end(nil)
        } ended: { [unowned self] reason in
            end(Failure(description: "connection of the publisher ended: \(reason)"))
        }
    }

    @discardableResult
    private func add(
        _ socket: Socket, received: @escaping (Peer, UnsafeRawBufferPointer, ContinuousClock.Instant) -> Void,
        opened: @escaping (Peer) -> Void, ended: @escaping (String) -> Void
    ) -> Peer? {
        do {
            let events = Peer.Events(opened: opened, received: received, ended: { _, reason in ended(reason) })
            let peer = try Peer(socket, events)
            peers.append(peer)
            return peer
        } catch {
            end(error)
            return nil
        }
    }

    private func end(_ error: (any Error)?) {
        if let error { completion.take()?.resume(throwing: error) } else { completion.take()?.resume() }
    }
}

// MARK: - Running

extension Load {
    /// Publishes all messages.
    ///
    /// - Parameter completion: Resumed when every subscriber that reads has received all messages.
    func run(_ completion: CheckedContinuation<Void, any Error>) {
        self.completion = completion
        for _ in 0..<plan.depth { publish() }
        watch(seen: -1, times: 0)
    }

    private func publish() {
        guard sentAt.count < plan.messages else { return }
        Message.write(sentAt.count, into: &request, at: numberOffset)
        sentAt.append(.now)
        publisher?.send(request)
    }

    @inline(__always)
    private func take(_ bytes: UnsafeRawBufferPointer, for subscriber: Subscriber, at now: ContinuousClock.Instant) {
        if subscriber.offset == nil { subscriber.offset = Message.offset(in: bytes) }
        guard let offset = subscriber.offset, Message.number(in: bytes, at: offset) == subscriber.due else {
            let start = String(decoding: bytes.prefix(80), as: UTF8.self)
            return end(Failure(description: "a subscriber got '\(start)…' instead of message \(subscriber.due)"))
        }
        latencies.add((now - sentAt[subscriber.due]).nanoseconds)
        subscriber.due += 1
        guard subscriber.due == plan.messages, !subscriber.isStalled else { return }
        readersLeft -= 1
        guard readersLeft == 0 else { return }
        time = now - sentAt[0]
        end(nil)
    }

    /// Takes samples, and fails the run if no message arrives for 30 s.
    private func watch(seen: Int, times: Int) {
        guard completion != nil else { return }
        sample()
        let isGoingOn = latencies.count > seen
        guard isGoingOn || times < 300 else {
            return end(Failure(description: "no message arrived for 30 s (\(latencies.count) received so far)"))
        }
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self else { return }
            watch(seen: max(seen, isGoingOn ? latencies.count : seen), times: isGoingOn ? 0 : times + 1)
        }
    }
}

extension Duration {
    var nanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }
}
