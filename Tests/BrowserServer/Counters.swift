import EventLoops

/// Named counters, and the set of closed channels.
final class Counters: Sendable {
    private let counts = Locked<[String: Int]>([:])
    private let closed = Locked<Set<String>>([])

    @discardableResult
    func count(_ name: String) -> Int {
        counts.withLock { counts in
            counts[name, default: 0] += 1
            return counts[name, default: 0]
        }
    }

    subscript(name: String) -> Int { counts.withLock { $0[name, default: 0] } }

    func isClosed(_ channel: String) -> Bool { closed.withLock { $0.contains(channel) } }

    func setClosed(_ channel: String, _ isClosed: Bool) {
        closed.withLock { closed in
            if isClosed { closed.insert(channel) } else { closed.remove(channel) }
        }
    }
}
