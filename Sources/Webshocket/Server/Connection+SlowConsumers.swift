import EventLoops
import Synchronization

/// What a connection says for itself; made when it says something.
final class SlowConsumerChoice: Sendable {
    let policy = Locked<SlowConsumerPolicy?>(nil)
}

extension Connection {
    /// What becomes of messages of channels, rooms and broadcasts that this peer does not read in time; nil, the
    /// default, for what their channels or the server say.
    ///
    /// It may be set on any thread and at any time, and is asked when a message has to wait; what waits already stays
    /// under what was said before. Of a ``SlowConsumerPolicy/wait(atMost:)``, a time below 0 is 0.
    public var slowConsumers: SlowConsumerPolicy? {
        get { slowConsumerChoice.load()?.policy.withLock { $0 } }
        set {
            if let choice = slowConsumerChoice.load() {
                choice.policy.withLock { $0 = newValue }
            } else if let newValue {
                slowConsumerChoice.storeIfNil(SlowConsumerChoice()).policy.withLock { $0 = newValue }
            }
        }
    }

    /// How many messages of channels, rooms and broadcasts were never sent to this peer, because it was slow: dropped,
    /// or replaced by later ones of their channel.
    public var droppedMessages: Int { dropped.load(ordering: .relaxed) }

    /// Bytes that wait for the peer to read them, replies among them; those that the system has taken are not counted.
    /// 0 when the connection has ended.
    ///
    /// It costs a turn of the connection's loop. See ``SlowConsumerStatistics/mostWaitingBytes`` for the most there
    /// were.
    public var queuedBytes: Int {
        get async { await onLoop { $0.queuedBytes } }
    }

    func countDropped(_ messages: Int) {
        dropped.add(messages, ordering: .relaxed)
    }
}

// MARK: - From any thread

extension Connection {
    /// Delivers a message as one of many: what the connection's part of a publish is, by itself.
    package func deliver(
        _ message: SharedMessage, channel: String? = nil, policy: SlowConsumerPolicy? = nil, isAwaited: Bool = false
    ) async -> DeliveryOutcome {
        await withCheckedContinuation { continuation in
            loop.execute { [core] in
                let outcome = core.value.deliver(message, channel: channel, policy: policy, isAwaited: isAwaited)
                continuation.resume(returning: outcome)
            }
        }
    }

    /// Bytes that wait for room at the socket.
    package var waitingBytes: Int {
        get async { await onLoop { $0.outbound.bytes } }
    }

    private func onLoop(_ body: @escaping @Sendable (ServerConnection) -> Int) async -> Int {
        await withCheckedContinuation { continuation in
            loop.execute { [core] in continuation.resume(returning: body(core.value)) }
        }
    }

    /// Waits, as a publisher does that ``DeliveryOutcome/mustWait(atMost:)``.
    package func waitForRoom(atMost time: Duration) async {
        await withCheckedContinuation { continuation in
            loop.execute { [core] in core.value.whenRoom(atMost: time) { continuation.resume() } }
        }
    }
}
