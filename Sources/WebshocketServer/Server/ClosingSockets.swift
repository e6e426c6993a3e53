/// Counts sockets that a limit on connections has refused, from the refusal until they are closed.
///
/// Such a socket stays open briefly so that the peer can read the response. If there are too many, further sockets are
/// closed at once, without a response.
package struct ClosingSockets {
    /// The maximum number of refused sockets per address, or per /64 of IPv6 addresses.
    package static let mostPerNetwork = 32
    /// The maximum number of refused sockets per server.
    package static let most = 256

    package private(set) var count = 0
    private var perNetwork: [String: Int] = [:]

    package init() {}

    /// Counts a socket.
    /// - Parameter network: The network's name, as returned by ``AddressNetwork/name(of:)``.
    /// - Returns: False if there are too many. Then the socket is not counted and must be closed at once.
    package mutating func begin(_ network: String) -> Bool {
        let ofNetwork = perNetwork[network, default: 0]
        guard count < Self.most, ofNetwork < Self.mostPerNetwork else { return false }
        count += 1
        perNetwork[network] = ofNetwork + 1
        return true
    }

    /// Stops counting a socket that was counted by ``begin(_:)``.
    package mutating func end(_ network: String) {
        guard let ofNetwork = perNetwork[network] else { return }
        count -= 1
        perNetwork[network] = ofNetwork > 1 ? ofNetwork - 1 : nil
    }
}
