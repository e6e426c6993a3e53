import EventLoops
import Synchronization

/// Counts a server's connections, on all its loops, and holds the two limits on their number.
final class ConnectionCensus: Sendable {
    enum Verdict {
        case admitted
        case serverFull
        case tooManyFromAddress
    }

    private struct State {
        var count = 0
        var countEver = 0
        /// By the address, or the network that it stands for (``AddressNetwork``).
        var perAddress: [String: Int] = [:]
    }

    private let limit: Int?
    private let limitPerAddress: Int?
    private let state = Locked(State())
    /// Open when nobody is connected and nobody will be: at the end of a shutdown.
    private let emptied = Gate()
    private let isClosing = Atomic(false)
    private let hasGivenUp = Atomic(false)

    init(limit: Int?, limitPerAddress: Int?) {
        self.limit = limit
        self.limitPerAddress = limitPerAddress
    }

    var count: Int { state.withLock { $0.count } }

    /// How many were ever admitted.
    var countEver: Int { state.withLock { $0.countEver } }

    /// - Parameter address: nil while it is not known, because a proxy has yet to tell; then ``identify(_:)`` counts
    ///   it.
    func admit(_ address: String?) -> Verdict {
        state.withLock { state in
            if let limit, state.count >= limit { return .serverFull }
            if let address, !count(address, in: &state) { return .tooManyFromAddress }
            state.count += 1
            state.countEver += 1
            return .admitted
        }
    }

    /// Counts the address of one who was admitted without.
    /// - Returns: whether it may stay; if not, it is to leave without an address.
    func identify(_ address: String) -> Bool {
        state.withLock { count(address, in: &$0) }
    }

    /// Counts the address no longer, of one who stays.
    func forget(_ address: String) {
        state.withLock { uncount(address, in: &$0) }
    }

    private func uncount(_ address: String, in state: inout State) {
        let network = AddressNetwork.name(of: address)
        guard limitPerAddress != nil, let count = state.perAddress[network] else { return }
        state.perAddress[network] = count > 1 ? count - 1 : nil
    }

    private func count(_ address: String, in state: inout State) -> Bool {
        guard let limitPerAddress else { return true }
        let network = AddressNetwork.name(of: address)
        let count = state.perAddress[network, default: 0]
        guard count < limitPerAddress else { return false }
        state.perAddress[network] = count + 1
        return true
    }

    /// - Parameter address: as it was counted; nil for one who was not identified.
    func leave(_ address: String?) {
        let isEmpty = state.withLock { state in
            state.count -= 1
            if let address { uncount(address, in: &state) }
            return state.count == 0
        }
        if isEmpty, isClosing.load(ordering: .sequentiallyConsistent) { emptied.open() }
    }

    /// Ends the wait although some have not left.
    /// - Returns: whether this was the first to end it.
    @discardableResult
    func giveUp() -> Bool {
        defer { emptied.open() }
        return hasGivenUp.exchange(true, ordering: .relaxed) == false
    }

    /// Returns when all who were admitted have left; to be called when no more are admitted.
    func waitUntilEmpty() async {
        isClosing.store(true, ordering: .sequentiallyConsistent)
        if count == 0 { emptied.open() }
        await emptied.wait()
    }
}
