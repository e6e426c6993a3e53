/// Decides when to try which address of a host (Happy Eyeballs; RFC 8305, sections 4 and 5).
///
/// The address families alternate. An attempt starts a short delay after the previous one, or as soon as one fails. All
/// attempts end at a deadline. Addresses are identified by their index in the resolver's answer. The owner discards the
/// race after the first success.
package struct AddressRace {
    package enum Step: Equatable {
        /// Start an attempt to connect to the address, then call ``AddressRace/next(at:)`` again.
        case start(Int)
        /// Call ``AddressRace/next(at:)`` again at this time, or when an attempt has failed.
        case wait(until: ContinuousClock.Instant)
        /// All attempts failed, or the deadline has passed.
        case fail(SocketError)
    }

    /// The usual and the minimum delay between two attempts (RFC 8305, section 8).
    private static let usualDelay = Duration.milliseconds(250)
    private static let leastDelay = Duration.milliseconds(10)

    private var waiting: ArraySlice<Int>
    private var running: Set<Int> = []
    private let deadline: ContinuousClock.Instant
    private let delay: Duration
    /// The time at which the next attempt may start while others are in progress.
    private var nextStart: ContinuousClock.Instant
    private var error = SocketError(.hostNotFound, .resolve)

    /// Creates a race.
    /// - Parameters:
    ///   - families: The families of the addresses, in the resolver's order. The family of the first is tried first.
    ///   - start: The time of the first attempt.
    ///   - deadline: The time at which all attempts end.
    package init(families: [Int32], start: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
        waiting = Self.interleaved(families)[...]
        self.deadline = deadline
        nextStart = start
        // If time is short, the delay is shortened so that every address is tried before the deadline.
        let share = (deadline - start) / (families.count + 1)
        delay = max(Self.leastDelay, min(Self.usualDelay, share))
    }

    /// Returns the next step. Call it until it returns `.wait` or `.fail`.
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

    /// Notes that an attempt has failed. The next one may start immediately.
    package mutating func failed(_ address: Int, _ error: SocketError, at now: ContinuousClock.Instant) {
        guard running.remove(address) != nil else { return }
        nextStart = now
        // An answer from one address is a more useful error than a missing route to another address.
        if !error.isUnreachable || self.error.isUnreachable || self.error.operation == .resolve { self.error = error }
    }

    /// Returns the indices so that the first family alternates with the others. The rest of the longer list follows.
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
    /// Whether the address could not be reached, because the system has no route to it or does not support its family.
    fileprivate var isUnreachable: Bool {
        [.networkUnreachable, .hostUnreachable, .addressNotAvailable, .familyNotSupported].contains(code)
    }
}
