import EventLoops
import Synchronization

/// Counts the connections of all loops of a server, and enforces the limits in total and per address.
package final class ConnectionCounter: Sendable {
    enum Verdict {
        case admitted
        case serverFull
        case tooManyFromAddress
    }

    /// The entry of a connection that can be asked to make room.
    typealias Rest = IdleConnections.Place

    private struct State {
        var count = 0
        var countEver = 0
        /// The number of connections by address, or by network for addresses that count together (``AddressNetwork``).
        var perAddress: [String: Int] = [:]
        var resting = IdleConnections()
        var closingSockets = ClosingSockets()
    }

    private let limit: Int?
    private let limitPerAddress: Int?
    private let state = Locked(State())
    /// Opens at the end of a shutdown, when the last connection has ended and no more can be admitted.
    private let emptied = Gate()
    private let isClosing = Atomic(false)
    private let hasGivenUp = Atomic(false)

    package init(limit: Int?, limitPerAddress: Int?) {
        self.limit = limit
        self.limitPerAddress = limitPerAddress
    }

    var count: Int { state.withLock { $0.count } }

    /// The number of connections admitted since the start.
    var countEver: Int { state.withLock { $0.countEver } }

    /// Admits a connection if the limits allow it.
    /// - Parameter address: The client's address; nil until a proxy has reported it. Then ``identify(_:)`` counts the
    ///   address.
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

    /// Counts the address of a connection that was admitted without one.
    /// - Returns: Whether the connection may stay. If not, call ``leave(_:)`` with nil for it.
    func identify(_ address: String) -> Bool {
        makingRoom { state, leaving in count(address, in: &state, &leaving) }
    }

    /// Runs a closure with the state locked, then asks connections to make room without holding the lock.
    /// - Parameter body: Receives the state and a list, and appends to the list the connections that must make room.
    private func makingRoom<Result>(_ body: (inout State, inout [IdleConnections.Member]) -> Result) -> Result {
        var leaving: [IdleConnections.Member] = []
        let result = state.withLock { body(&$0, &leaving) }
        for member in leaving { member.makeRoom() }
        return result
    }

    /// Stops counting the address of a connection that stays admitted.
    func forget(_ address: String) {
        state.withLock { uncount(address, in: &$0) }
    }

    private func uncount(_ address: String, in state: inout State) {
        let network = AddressNetwork.name(of: address)
        guard limitPerAddress != nil, let count = state.perAddress[network] else { return }
        state.perAddress[network] = count > 1 ? count - 1 : nil
    }

    /// Counts an address.
    /// - Parameter leaving: Receives the connection that must make room, if there is one.
    /// - Returns: Whether the limit per address allows the connection.
    private func count(_ address: String, in state: inout State, _ leaving: inout [IdleConnections.Member]) -> Bool {
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

    private func remove(_ member: IdleConnections.Member, from state: inout State) {
        state.count -= 1
        if let address = member.address { uncount(address, in: &state) }
    }

    // MARK: - Idle connections

    /// Marks an idle connection, which can be asked to make room for a new one.
    /// - Parameters:
    ///   - address: The address that was counted; nil if none was.
    ///   - makeRoom: Called on any thread after the connection is no longer counted. It must close the connection.
    /// - Returns: Nil if there are no limits.
    func rest(_ address: String?, _ makeRoom: @escaping @Sendable () -> Void) -> Rest? {
        guard limit != nil || limitPerAddress != nil else { return nil }
        let network = limitPerAddress == nil ? nil : address.map { AddressNetwork.name(of: $0) }
        return state.withLock { state in
            state.resting.add(IdleConnections.Member(address: address, network: network, makeRoom: makeRoom))
        }
    }

    /// Marks a connection as no longer idle.
    /// - Returns: Whether the connection is still counted. If not, it was asked to make room.
    func wake(_ rest: Rest) -> Bool {
        state.withLock { $0.resting.remove(rest) }
    }

    /// Stops counting a connection.
    /// - Parameter address: The address that was counted; nil if none was.
    func leave(_ address: String?) {
        let isEmpty = state.withLock { state in
            state.count -= 1
            if let address { uncount(address, in: &state) }
            return state.count == 0
        }
        if isEmpty, isClosing.load(ordering: .sequentiallyConsistent) { emptied.open() }
    }

    // MARK: - Refused sockets

    /// Counts a socket that is not, or is no longer, counted as a connection.
    /// - Parameter address: The client's address.
    /// - Returns: False if there are too many such sockets. Then the socket must be closed at once.
    package func depart(_ address: String) -> Bool {
        let network = AddressNetwork.name(of: address)
        return state.withLock { $0.closingSockets.begin(network) }
    }

    /// Stops counting a socket that was counted by ``depart(_:)``.
    package func didDepart(_ address: String) {
        let network = AddressNetwork.name(of: address)
        state.withLock { $0.closingSockets.end(network) }
    }

    /// Ends the wait for the remaining connections.
    /// - Returns: Whether this was the first call.
    @discardableResult
    func giveUp() -> Bool {
        defer { emptied.open() }
        return hasGivenUp.exchange(true, ordering: .relaxed) == false
    }

    /// Waits until all admitted connections have ended. Must be called after admission has stopped.
    func waitUntilEmpty() async {
        isClosing.store(true, ordering: .sequentiallyConsistent)
        if count == 0 { emptied.open() }
        await emptied.wait()
    }
}
