import Webshocket

/// The expected behaviour of a directory, implemented in the simplest way: without loops and indexes.
struct DirectoryModel {
    struct Person {
        let id: UInt64
        let loop: Int
        var user: String?
        var subscriptions: [ChannelSelector] = []
        var rooms: Set<String> = []
        /// The letters that were delivered since the last check.
        var received: [UInt64] = []

        func isSubscribed(to name: String) -> Bool { subscriptions.contains { $0.text == name } }

        /// Whether the person is subscribed to this exact name, or is in the room.
        func isThere(_ name: String) -> Bool { rooms.contains(name) || isSubscribed(to: name) }
    }

    /// The names that each pattern matches.
    private let matches: [String: Set<String>]
    /// The connected people, in the order of their arrival.
    private(set) var people: [Person] = []
    /// The members of each room, in the order of their joins.
    private(set) var rooms: [String: [UInt64]] = [:]
    /// The counts of each name that has subscribers or members.
    private(set) var counts: [String: (published: Int, delivered: Int)] = [:]
    /// The number of deliveries of letters to channels.
    private(set) var delivered = 0

    init(selectors: [ChannelSelector], names: [String]) {
        var matches: [String: Set<String>] = [:]
        for case .pattern(let pattern) in selectors { matches[pattern.text] = Set(names.filter(pattern.matches)) }
        self.matches = matches
    }

    func person(_ id: UInt64) -> Person? { people.first { $0.id == id } }

    mutating func connect(_ id: UInt64, on loop: Int) {
        people.append(Person(id: id, loop: loop))
    }

    /// - Returns: The person's last state.
    mutating func disconnect(_ id: UInt64) -> Person? {
        guard let index = people.firstIndex(where: { $0.id == id }) else { return nil }
        for room in people[index].rooms { rooms[room]?.removeAll { $0 == id } }
        let person = people.remove(at: index)
        forgetUnused(person.subscriptions.map(\.text) + person.rooms)
        return person
    }

    mutating func setUser(of id: UInt64, _ user: String?) {
        change(id) { $0.user = user }
    }

    mutating func subscribe(_ id: UInt64, to selectors: [ChannelSelector], cap: Int) -> Bool {
        guard let person = person(id) else { return false }
        var subscriptions = person.subscriptions
        for selector in selectors where !subscriptions.contains(selector) { subscriptions.append(selector) }
        if subscriptions.count > person.subscriptions.count, subscriptions.count + person.rooms.count > cap {
            return false
        }
        change(id) { $0.subscriptions = subscriptions }
        begin(selectors.map(\.text))
        return true
    }

    mutating func unsubscribe(_ id: UInt64, from selectors: [ChannelSelector]) {
        change(id) { $0.subscriptions.removeAll { selectors.contains($0) } }
        forgetUnused(selectors.map(\.text))
    }

    /// - Returns: True if the person joined, false if it was in the room already, nil if the limit is exceeded.
    mutating func join(_ id: UInt64, _ room: String, cap: Int) -> Bool? {
        guard let person = person(id), !person.rooms.contains(room) else { return false }
        if person.subscriptions.count + person.rooms.count + 1 > cap { return nil }
        change(id) { $0.rooms.insert(room) }
        rooms[room, default: []].append(id)
        begin([room])
        return true
    }

    mutating func leave(_ id: UInt64, _ room: String) -> Bool {
        guard let person = person(id), person.rooms.contains(room) else { return false }
        change(id) { $0.rooms.remove(room) }
        rooms[room]?.removeAll { $0 == id }
        forgetUnused([room])
        return true
    }

    /// - Parameter channels: The channels; empty for a broadcast.
    mutating func publish(_ letter: Letter, to channels: [String], excluding excluded: [UInt64]) {
        for channel in channels { counts[channel]?.published += 1 }
        for index in people.indices where !excluded.contains(people[index].id) {
            var letter = letter
            if !channels.isEmpty {
                guard let part = channels.firstIndex(where: { gets(people[index], $0) }) else { continue }
                letter.part = part
                if people[index].isThere(channels[part]) { counts[channels[part]]?.delivered += 1 }
            }
            people[index].received.append(letter.bits)
            if !channels.isEmpty { delivered += 1 }
        }
    }

    private func gets(_ person: Person, _ name: String) -> Bool {
        person.isThere(name) || person.subscriptions.contains { matches[$0.text]?.contains(name) == true }
    }

    mutating func takeReceived(of id: UInt64) -> [UInt64] {
        let received = person(id)?.received ?? []
        change(id) { $0.received = [] }
        return received
    }

    private mutating func change(_ id: UInt64, _ change: (inout Person) -> Void) {
        guard let index = people.firstIndex(where: { $0.id == id }) else { return }
        change(&people[index])
    }

    private mutating func begin(_ names: [String]) {
        for name in names where counts[name] == nil { counts[name] = (0, 0) }
    }

    private mutating func forgetUnused(_ names: [String]) {
        for name in names where !people.contains(where: { $0.isThere(name) }) {
            counts[name] = nil
            rooms[name] = nil
        }
    }
}
