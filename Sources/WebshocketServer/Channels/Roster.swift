/// The state of a hub: its connections, with the user, the subscriptions and the rooms of each.
///
/// A room is a channel with members, so channels and rooms share one namespace: members of room `lobby` receive the
/// messages that are published to channel `lobby`. A name exists from its first subscriber or member to its last. Names
/// and users are compared by their bytes, as patterns compare them. Otherwise a name that looks the same could bypass
/// another name's rule.
package struct Roster<Member> {
    package typealias ID = UInt64

    /// One connection.
    private struct Attendance {
        let member: Member
        var user: ExactText?
        var subscriptions: Set<ExactText> = []
        var rooms: Set<ExactText> = []

        var count: Int { subscriptions.count + rooms.count }
    }

    /// One name: a channel or a pattern, and the room of that name.
    private struct Entry {
        let counters = ChannelCounters()
        var subscribers = 0
        /// The members, with their arrival numbers.
        var members: [ID: UInt64] = [:]
        var metadata = NamedValues()

        var isUnused: Bool { subscribers == 0 && members.isEmpty }
    }

    private var attendances: [ID: Attendance] = [:]
    private var entries: [ExactText: Entry] = [:]
    private var users: [ExactText: Set<ID>] = [:]
    /// The number of names with members.
    package private(set) var roomCount = 0
    /// The number of names with subscribers.
    package private(set) var channelCount = 0
    private var turn: UInt64 = 0

    package init() {}

    package var isEmpty: Bool {
        attendances.isEmpty && entries.isEmpty && users.isEmpty && roomCount == 0 && channelCount == 0
    }
    package var connectionCount: Int { attendances.count }
    package var userCount: Int { users.count }
}

// MARK: - Adding and removing connections

extension Roster {
    package mutating func add(_ id: ID, _ member: Member) {
        attendances[id] = Attendance(member: member)
    }

    /// - Returns: The connection's subscriptions and rooms.
    package mutating func remove(_ id: ID) -> (subscriptions: [String], rooms: [String]) {
        setUser(of: id, nil)
        guard let attendance = attendances[id] else { return ([], []) }
        let left = (attendance.subscriptions.map(\.text), attendance.rooms.map(\.text))
        for name in left.0 { unsubscribe(id, from: name) }
        for name in left.1 { leave(id, name) }
        attendances[id] = nil
        return left
    }

    package mutating func setUser(of id: ID, _ user: String?) {
        let user = user.map(ExactText.init)
        guard let former = attendances[id].map(\.user), former != user else { return }
        if let former {
            users[former]?.remove(id)
            if users[former]?.isEmpty == true { users[former] = nil }
        }
        attendances[id]?.user = user
        if let user { users[user, default: []].insert(id) }
    }
}

// MARK: - Subscriptions

extension Roster {
    /// Subscribes a connection to all of these names, or to none if it throws.
    /// - Parameter cap: The maximum number of subscriptions and rooms; 0 for no limit.
    /// - Throws: ``RPCErrorCode/overloaded`` if the names would exceed `cap`.
    package mutating func subscribe(_ id: ID, to names: [String], cap: Int) throws(RPCError) {
        // No copy of the sets may be held while they change, because they can be large.
        guard let count = attendances[id]?.count else { return }
        let added = Set(names.map(ExactText.init)).filter { attendances[id]?.subscriptions.contains($0) == false }
        try check(count, added.count, cap)
        attendances[id]?.subscriptions.formUnion(added)
        for name in added {
            if subscriberCount(of: name.text) == 0 { channelCount += 1 }
            entries[name, default: Entry()].subscribers += 1
        }
    }

    /// - Returns: Whether the connection was subscribed.
    @discardableResult
    package mutating func unsubscribe(_ id: ID, from name: String) -> Bool {
        guard attendances[id]?.subscriptions.remove(ExactText(name)) != nil else { return false }
        entries[ExactText(name)]?.subscribers -= 1
        if subscriberCount(of: name) == 0 { channelCount -= 1 }
        dropIfUnused(name)
        return true
    }

    private func check(_ count: Int, _ added: Int, _ cap: Int) throws(RPCError) {
        guard cap > 0, added > 0, count + added > cap else { return }
        throw .tooManySubscriptions(cap)
    }

    private mutating func dropIfUnused(_ name: String) {
        let name = ExactText(name)
        if entries[name]?.isUnused == true { entries[name] = nil }
    }
}

// MARK: - Rooms

extension Roster {
    /// - Parameter cap: The maximum number of subscriptions and rooms; 0 for no limit.
    /// - Returns: True if the connection joined, false if it was a member already.
    /// - Throws: ``RPCErrorCode/overloaded`` if the room would exceed `cap`.
    package mutating func join(_ id: ID, _ room: String, cap: Int) throws(RPCError) -> Bool {
        guard let count = attendances[id]?.count, !isMember(id, of: room) else { return false }
        try check(count, 1, cap)
        attendances[id]?.rooms.insert(ExactText(room))
        turn += 1
        if memberCount(of: room) == 0 { roomCount += 1 }
        entries[ExactText(room), default: Entry()].members[id] = turn
        return true
    }

    /// Removes a member. When the last member leaves, the room's metadata is removed.
    /// - Returns: Whether the connection was a member.
    @discardableResult
    package mutating func leave(_ id: ID, _ room: String) -> Bool {
        guard attendances[id]?.rooms.remove(ExactText(room)) != nil else { return false }
        entries[ExactText(room)]?.members[id] = nil
        if memberCount(of: room) == 0 {
            roomCount -= 1
            entries[ExactText(room)]?.metadata = NamedValues()
        }
        dropIfUnused(room)
        return true
    }

    package func arrivals(in room: String) -> Arrivals<Member> {
        Arrivals(
            (entries[ExactText(room)]?.members ?? [:]).compactMap { id, turn in
                attendances[id].map { (turn, $0.member) }
            })
    }

    package func isMember(_ id: ID, of room: String) -> Bool { entries[ExactText(room)]?.members[id] != nil }

    package func memberCount(of room: String) -> Int { entries[ExactText(room)]?.members.count ?? 0 }

    /// The room's metadata; empty for a room without members.
    package func metadata(ofRoom room: String) -> [String: WireValue] {
        entries[ExactText(room)]?.metadata.dictionary ?? [:]
    }

    package func metadata(ofRoom room: String, _ key: String) -> WireValue? { entries[ExactText(room)]?.metadata[key] }

    package mutating func setMetadata(ofRoom room: String, _ key: String, _ value: WireValue?) {
        guard memberCount(of: room) > 0 else { return }
        entries[ExactText(room)]?.metadata[key] = value
    }
}

// MARK: - Queries

extension Roster {
    package var arrivals: Arrivals<Member> { Arrivals(attendances.map { ($0.key, $0.value.member) }) }

    package func member(_ id: ID) -> Member? { attendances[id]?.member }

    package func arrivals(ofUser user: String) -> Arrivals<Member> {
        Arrivals((users[ExactText(user)] ?? []).compactMap { id in attendances[id].map { (id, $0.member) } })
    }

    package func user(of id: ID) -> String? { attendances[id]?.user?.text }

    /// The number of connections of each user.
    package var usersByName: [String: Int] { users.mapValues(\.count).byText }

    /// The number of subscribers of each name. Patterns are included as names.
    package var subscribersByName: [String: Int] { entries.mapValues(\.subscribers).byText }

    package func subscriberCount(of name: String) -> Int { entries[ExactText(name)]?.subscribers ?? 0 }

    /// The number of members of each room.
    package var roomsByName: [String: Int] { entries.mapValues(\.members.count).byText }

    package func subscriptions(of id: ID) -> [String] { attendances[id]?.subscriptions.map(\.text) ?? [] }

    package func rooms(of id: ID) -> [String] { attendances[id]?.rooms.map(\.text) ?? [] }

    /// The counters of a name, if messages that are published to it are delivered to this connection; otherwise nil.
    package func counters(of name: String, for id: ID) -> ChannelCounters? {
        guard let attendance = attendances[id] else { return nil }
        let name = ExactText(name)
        guard attendance.subscriptions.contains(name) || attendance.rooms.contains(name) else { return nil }
        return entries[name]?.counters
    }

    package func counters(of name: String) -> ChannelCounters? { entries[ExactText(name)]?.counters }
}

extension [ExactText: Int] {
    /// The counts above 0. Counts of canonically equivalent names, which are equal as texts, are added.
    fileprivate var byText: [String: Int] {
        let counts = filter { $0.value > 0 }.map { (name, count) in (name.text, count) }
        return [String: Int](counts, uniquingKeysWith: +)
    }
}
