/// The idle connections, which wait for their next request. Ordered by idle time, longest first, in total and per
/// network.
///
/// Every operation takes amortized constant time. Removal from the middle leaves a gap, and a line is compacted when
/// more than half of it is gaps.
struct IdleConnections {
    struct Member: Sendable {
        /// The address that the connection counter counted; nil if none was.
        let address: String?
        /// The network whose limit counts the connection; nil if there is no limit per address.
        let network: String?
        /// Closes the connection.
        let makeRoom: @Sendable () -> Void
    }

    struct Place: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct Line {
        private var places: [Place] = []
        /// The number of leading entries that are gaps.
        private var start = 0
        private(set) var count = 0

        mutating func append(_ place: Place, among members: [Place: Member]) {
            if places.count > 2 * count + 16 {
                places = places[start...].filter { members[$0] != nil }
                start = 0
            }
            places.append(place)
            count += 1
        }

        mutating func first(among members: [Place: Member]) -> Place? {
            while start < places.count {
                if members[places[start]] != nil { return places[start] }
                start += 1
            }
            return nil
        }

        mutating func didLeaveGap() { count -= 1 }
    }

    private var members: [Place: Member] = [:]
    private var all = Line()
    private var byNetwork: [String: Line] = [:]
    private var last: UInt64 = 0

    var isEmpty: Bool { members.isEmpty }

    mutating func add(_ member: Member) -> Place {
        last += 1
        let place = Place(number: last)
        members[place] = member
        all.append(place, among: members)
        if let network = member.network { byNetwork[network, default: Line()].append(place, among: members) }
        return place
    }

    /// Removes an entry.
    /// - Returns: Whether the entry was present.
    mutating func remove(_ place: Place) -> Bool { take(place) != nil }

    mutating func removeLongest() -> Member? {
        all.first(among: members).flatMap { take($0) }
    }

    mutating func removeLongest(of network: String) -> Member? {
        byNetwork[network]?.first(among: members).flatMap { take($0) }
    }

    private mutating func take(_ place: Place) -> Member? {
        guard let member = members.removeValue(forKey: place) else { return nil }
        all.didLeaveGap()
        guard let network = member.network, let count = byNetwork[network]?.count else { return member }
        if count > 1 { byNetwork[network]?.didLeaveGap() } else { byNetwork[network] = nil }
        return member
    }
}
