/// Decides which of a name's addresses is tried when (RFC 8305, sections 4 and 5): the families take turns, one start
/// follows the other after a short delay or at once when one has failed, and all of it ends at a deadline.
///
/// It counts addresses by their place in the resolver's answer. Whoever owns it drops it with the first success.
package struct AddressRace {
    package enum Step: Equatable {
        /// Try the address, and ask again.
        case start(Int)
        /// Ask again then, or when a try has failed.
        case wait(until: ContinuousClock.Instant)
        /// Nobody answered.
        case fail(SocketError)
    }

    /// RFC 8305, section 8: between two starts 250 ms, and never less than 10 ms.
    private static let usualDelay = Duration.milliseconds(250)
    private static let leastDelay = Duration.milliseconds(10)

    private var waiting: ArraySlice<Int>
    private var running: Set<Int> = []
    private let deadline: ContinuousClock.Instant
    private let delay: Duration
    /// When the next may start although others run.
    private var nextStart: ContinuousClock.Instant
    private var error = SocketError(.hostNotFound, .resolve)

    /// - Parameter families: of the addresses, in the resolver's order, whose first family goes first.
    package init(families: [Int32], start: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
        waiting = Self.interleaved(families)[...]
        self.deadline = deadline
        nextStart = start
        // Where time is short, all of them still get a part of it.
        let share = (deadline - start) / (families.count + 1)
        delay = max(Self.leastDelay, min(Self.usualDelay, share))
    }

    /// What to do now; to be asked until it is to wait or has failed.
    package mutating func next(at now: ContinuousClock.Instant) -> Step {
        guard now < deadline else { return .fail(SocketError(.timedOut, .connect)) }
        if running.isEmpty || nextStart <= now, let address = waiting.popFirst() {
            running.insert(address)
            nextStart = now + delay
            return .start(address)
        }
        guard running.isEmpty else { return .wait(until: waiting.isEmpty ? deadline : min(nextStart, deadline)) }
        return .fail(error)
    }

    /// A try has failed: the next need not wait.
    package mutating func failed(_ address: Int, _ error: SocketError, at now: ContinuousClock.Instant) {
        guard running.remove(address) != nil else { return }
        nextStart = now
        // That this machine has no way to one address says less than what another one answered.
        if !error.isOfTheWay || self.error.isOfTheWay || self.error.operation == .resolve { self.error = error }
    }

    /// One of the first family, one of another, and so on; behind the last of one family the rest of the other.
    private static func interleaved(_ families: [Int32]) -> [Int] {
        var first = families.indices.filter { families[$0] == families.first }[...]
        var other = families.indices.filter { families[$0] != families.first }[...]
        var order: [Int] = []
        while !first.isEmpty || !other.isEmpty {
            if let address = first.popFirst() { order.append(address) }
            if let address = other.popFirst() { order.append(address) }
        }
        return order
    }
}

extension SocketError {
    /// Whether the address was never asked, for want of a way or of its family.
    fileprivate var isOfTheWay: Bool {
        [.networkUnreachable, .hostUnreachable, .addressNotAvailable, .familyNotSupported].contains(code)
    }
}
