/// Connections that wait for nothing but a next request, the longest waiting first, and those of each network by
/// themselves.
///
/// Everything costs constant time, on average: who leaves from the middle leaves a gap behind, and gaps are closed up
/// when they are more than half of a line.
struct RestingLine {
    struct Member: Sendable {
        /// As the census counts it; nil for nobody's.
        let address: String?
        /// The network by whose limit it may be asked for; nil for none.
        let network: String?
        /// Has it end.
        let makeRoom: @Sendable () -> Void
    }

    struct Place: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct Line {
        private var places: [Place] = []
        /// How many of the first places are gaps.
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

    /// - Returns: whether it was there.
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
