/// Counts sockets that a limit on connections has refused, from their refusal until they are closed.
///
/// Such a socket holds a descriptor for a moment, so that its peer can read the answer. Past a bound, a socket is closed
/// at once and without an answer.
package struct Departures {
    /// Sockets of one address, or of one /64 of IPv6 addresses.
    package static let mostPerNetwork = 32
    /// Sockets of a server.
    package static let most = 256

    package private(set) var count = 0
    private var perNetwork: [String: Int] = [:]

    package init() {}

    /// Counts a socket.
    /// - Parameter network: as ``AddressNetwork/name(of:)`` has it.
    /// - Returns: false if there are too many; then it is not counted and must be closed at once.
    package mutating func begin(_ network: String) -> Bool {
        let ofNetwork = perNetwork[network, default: 0]
        guard count < Self.most, ofNetwork < Self.mostPerNetwork else { return false }
        count += 1
        perNetwork[network] = ofNetwork + 1
        return true
    }

    /// Stops counting a socket that ``begin(_:)`` has counted.
    package mutating func end(_ network: String) {
        guard let ofNetwork = perNetwork[network] else { return }
        count -= 1
        perNetwork[network] = ofNetwork > 1 ? ofNetwork - 1 : nil
    }
}
