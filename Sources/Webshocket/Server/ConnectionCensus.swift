import EventLoops
import Synchronization

/// Counts a server's connections, on all its loops, and holds the two limits on their number.
package final class ConnectionCensus: Sendable {
    enum Verdict {
        case admitted
        case serverFull
        case tooManyFromAddress
    }

    /// One's place among those that may be asked to make room.
    typealias Rest = RestingLine.Place

    private struct State {
        var count = 0
        var countEver = 0
        /// By the address, or the network that it stands for (``AddressNetwork``).
        var perAddress: [String: Int] = [:]
        var resting = RestingLine()
        var departures = Departures()
    }

    private let limit: Int?
    private let limitPerAddress: Int?
    private let state = Locked(State())
    /// Open when nobody is connected and nobody will be: at the end of a shutdown.
    private let emptied = Gate()
    private let isClosing = Atomic(false)
    private let hasGivenUp = Atomic(false)

    package init(limit: Int?, limitPerAddress: Int?) {
        self.limit = limit
        self.limitPerAddress = limitPerAddress
    }

    var count: Int { state.withLock { $0.count } }

    /// How many were ever admitted.
    var countEver: Int { state.withLock { $0.countEver } }

    /// - Parameter address: nil while it is not known, because a proxy has yet to tell; then ``identify(_:)`` counts
    ///   it.
    func admit(_ address: String?) -> Verdict {
        makingRoom { state, leaving in
            if let limit, state.count >= limit, state.resting.isEmpty { return .serverFull }
            if let address, !count(address, in: &state, &leaving) { return .tooManyFromAddress }
            if let limit, state.count >= limit, let member = state.resting.removeLongest() {
                remove(member, from: &state)
                leaving.append(member)
            }
            state.count += 1
            state.countEver += 1
            return .admitted
        }
    }

    /// Counts the address of one who was admitted without.
    /// - Returns: whether it may stay; if not, it is to leave without an address.
    func identify(_ address: String) -> Bool {
        makingRoom { state, leaving in count(address, in: &state, &leaving) }
    }

    /// - Parameter body: is given the state, and a list for who is to leave: they are told so without the lock.
    private func makingRoom<Result>(_ body: (inout State, inout [RestingLine.Member]) -> Result) -> Result {
        var leaving: [RestingLine.Member] = []
        let result = state.withLock { body(&$0, &leaving) }
        for member in leaving { member.makeRoom() }
        return result
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

    /// - Parameter leaving: gets who makes room for it.
    private func count(_ address: String, in state: inout State, _ leaving: inout [RestingLine.Member]) -> Bool {
        guard let limitPerAddress else { return true }
        let network = AddressNetwork.name(of: address)
        if state.perAddress[network, default: 0] >= limitPerAddress {
            guard let member = state.resting.removeLongest(of: network) else { return false }
            remove(member, from: &state)
            leaving.append(member)
        }
        state.perAddress[network, default: 0] += 1
        return true
    }

    private func remove(_ member: RestingLine.Member, from state: inout State) {
        state.count -= 1
        if let address = member.address { uncount(address, in: &state) }
    }

    // MARK: - Those that wait for their peers alone

    /// Notes that one may be asked to make room for a newcomer.
    /// - Parameters:
    ///   - address: as it was counted; nil for one who is not.
    ///   - makeRoom: called on any thread, when it is counted no more; it is to end then.
    /// - Returns: nil where there are no limits.
    func rest(_ address: String?, _ makeRoom: @escaping @Sendable () -> Void) -> Rest? {
        guard limit != nil || limitPerAddress != nil else { return nil }
        let network = limitPerAddress == nil ? nil : address.map { AddressNetwork.name(of: $0) }
        return state.withLock { state in
            state.resting.add(RestingLine.Member(address: address, network: network, makeRoom: makeRoom))
        }
    }

    /// Ends a rest.
    /// - Returns: whether it is counted still; if not, it was asked to make room.
    func wake(_ rest: Rest) -> Bool {
        state.withLock { $0.resting.remove(rest) }
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

    // MARK: - Refused sockets

    /// Counts a socket that is not, or no longer, counted as a connection.
    /// - Parameter address: of the client.
    /// - Returns: false if there are too many such sockets; then it must be closed at once.
    package func depart(_ address: String) -> Bool {
        let network = AddressNetwork.name(of: address)
        return state.withLock { $0.departures.begin(network) }
    }

    /// Stops counting a socket that ``depart(_:)`` has counted.
    package func didDepart(_ address: String) {
        let network = AddressNetwork.name(of: address)
        state.withLock { $0.departures.end(network) }
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
