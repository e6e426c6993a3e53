import EventLoops
import Synchronization

/// The slow-consumer policy of one connection. Created when the policy is first set.
final class SlowConsumerChoice: Sendable {
    let policy = Locked<SlowConsumerPolicy?>(nil)
}

extension Connection {
    /// The policy for messages of channels, rooms and broadcasts that this peer does not read in time. If nil (the
    /// default), the policy of the channel or of the server applies.
    ///
    /// It can be set on any thread at any time. The policy is read when a message is queued; messages that are already
    /// queued keep the earlier policy. A negative time in ``SlowConsumerPolicy/wait(atMost:)`` counts as 0.
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

    /// The number of messages of channels, rooms and broadcasts that were never sent because this peer was slow.
    /// Includes messages that were dropped and messages that were replaced by later ones of the same channel.
    public var droppedMessages: Int { dropped.load(ordering: .relaxed) }

    /// The number of bytes queued for the peer, including replies but not the bytes that the operating system has
    /// accepted. 0 if the connection has ended.
    ///
    /// Reading it takes one hop to the connection's event loop. ``SlowConsumerStatistics/peakQueuedBytes`` has the
    /// maximum so far.
    public var queuedBytes: Int {
        get async { await onLoop { $0.queuedBytes } }
    }

    func countDropped(_ messages: Int) {
        dropped.add(messages, ordering: .relaxed)
    }
}

// MARK: - From any thread

extension Connection {
    /// Delivers a shared message to this connection only, in the same way as a publication does.
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

    /// The number of bytes in the outbound queue, not counting the bytes buffered by the socket.
    package var waitingBytes: Int {
        get async { await onLoop { $0.outbound.bytes } }
    }

    private func onLoop(_ body: @escaping @Sendable (ServerConnection) -> Int) async -> Int {
        await withCheckedContinuation { continuation in
            loop.execute { [core] in continuation.resume(returning: body(core.value)) }
        }
    }

    /// Waits for room in the outbound queue, as a publisher does after ``DeliveryOutcome/mustWait(atMost:)``.
    package func waitForRoom(atMost time: Duration) async {
        await withCheckedContinuation { continuation in
            loop.execute { [core] in core.value.whenRoom(atMost: time) { continuation.resume() } }
        }
    }
}
