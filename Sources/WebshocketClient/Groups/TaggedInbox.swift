import EventLoops

/// The inbox that collects the packets of several clients. A full inbox suspends the tasks that add packets.
final class TaggedInbox: Sendable {
    private static let capacity = 64

    private struct State {
        var packets = Queue<TaggedPacket>()
        var takers: [(id: UInt64, taker: CheckedContinuation<TaggedPacket?, Never>)] = []
        var putters: [CheckedContinuation<Void, Never>] = []
        var lastID: UInt64 = 0
        var cancelled: Set<UInt64> = []
        var isOver = false
    }

    private let state = Locked(State())

    /// Moves packets from a client to the inbox until the task is cancelled.
    func pump(_ client: WebSocketClient, _ path: String) async {
        while !Task.isCancelled {
            do {
                await put(TaggedPacket(path: path, packet: try await client.receive()))
            } catch is CancellationError {
                return
            } catch {
                // The client has no connection and is not connecting. It may be connected again, so the loop waits for
                // that.
                let events = client.events()
                guard client.state == .closed || client.state == .idle else { continue }
                for await event in events {
                    if case .connecting = event { break }
                }
            }
        }
    }

    private func put(_ packet: TaggedPacket) async {
        enum Next { case handOver(CheckedContinuation<TaggedPacket?, Never>), wait, goOn }
        await withCheckedContinuation { continuation in
            let next: Next = state.withLock { state in
                guard !state.isOver else { return .goOn }
                if !state.takers.isEmpty { return .handOver(state.takers.removeFirst().taker) }
                state.packets.append(packet)
                guard state.packets.count >= Self.capacity else { return .goOn }
                state.putters.append(continuation)
                return .wait
            }
            switch next {
            case .handOver(let taker):
                taker.resume(returning: packet)
                continuation.resume()
            case .wait: break
            case .goOn: continuation.resume()
            }
        }
    }

    /// Waits for the oldest packet.
    /// - Returns: The packet; nil after the end, or if the task is cancelled.
    func take() async -> TaggedPacket? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                typealias Taken = (packet: TaggedPacket?, putters: [CheckedContinuation<Void, Never>])
                let taken: Taken? = state.withLock { state in
                    if let packet = state.packets.popFirst() {
                        guard state.packets.count < Self.capacity / 2 else { return (packet, []) }
                        defer { state.putters = [] }
                        return (packet, state.putters)
                    }
                    if state.isOver || state.cancelled.contains(id) { return (nil, []) }
                    state.takers.append((id, continuation))
                    return nil
                }
                guard let taken else { return }
                for putter in taken.putters { putter.resume() }
                continuation.resume(returning: taken.packet)
            }
        } onCancel: {
            let taker = state.withLock { state in
                guard let index = state.takers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil as CheckedContinuation<TaggedPacket?, Never>?
                }
                return state.takers.remove(at: index).taker
            }
            taker?.resume(returning: nil)
        }
    }

    /// Ends the inbox. Packets that already wait can still be taken.
    func end() {
        let (takers, putters) = state.withLock { state in
            state.isOver = true
            defer { (state.takers, state.putters) = ([], []) }
            return (state.takers, state.putters)
        }
        for (_, taker) in takers { taker.resume(returning: nil) }
        for putter in putters { putter.resume() }
    }
}
