import Webshocket

/// A textual description of the state of a roster or a model, for some of its names and members.
struct DirectoryAccount {
    /// Names that no other driver uses.
    let names: [String]
    /// Rooms that other drivers use too. Only this driver's members are listed.
    let sharedNames: [String]

    func of(_ model: DirectoryModel) -> [String] {
        var users: [String: [UInt64]] = [:]
        for person in model.people.sorted(by: { $0.id < $1.id }) {
            if let user = person.user { users[user, default: []].append(person.id) }
        }
        let channels = names.map { name in
            let count = model.people.count { $0.isSubscribed(to: name) }
            return line(name, count, model.rooms[name] ?? [], model.counts[name])
        }
        let people = model.people.map { line($0.id, $0.user, $0.subscriptions.map(\.text), $0.rooms) }
        return channels + people.sorted() + users.map { "\($0.key): \($0.value)" }.sorted()
            + sharedNames.map { "\($0): \(model.rooms[$0] ?? [])" }
    }

    /// - Parameter people: The ids of this driver's members.
    func of(_ roster: Roster<ModelMember>, people: [UInt64]) -> [String] {
        let channels = names.map { name in
            let counts = roster.counters(of: name)?.counts
            return line(
                name, roster.subscriberCount(of: name), roster.arrivals(in: name).inOrder.map(\.id),
                counts.map { ($0.published, $0.delivered) })
        }
        let mine = people.map { id in
            line(id, roster.user(of: id), Set(roster.subscriptions(of: id)), Set(roster.rooms(of: id)))
        }
        let users = Set(people.compactMap(roster.user(of:)))
        return channels + mine.sorted()
            + users.map { "\($0): \(roster.arrivals(ofUser: $0).inOrder.map(\.id))" }.sorted()
            + sharedNames.map { "\($0): \(roster.arrivals(in: $0).inOrder.map(\.id).filter(people.contains))" }
    }

    private func line(
        _ name: String, _ subscribers: Int, _ members: [UInt64], _ counts: (published: Int, delivered: Int)?
    ) -> String {
        // If a subscriber has several matching patterns, it is undefined which of them counts the message.
        let counted = name.contains("*") ? "" : counts.map { "\($0.published) published, \($0.delivered) delivered" }
        return "\(name): \(subscribers) subscribed, \(members) joined, \(counted ?? "not in use")"
    }

    private func line(
        _ id: UInt64, _ user: String?, _ subscriptions: some Sequence<String>, _ rooms: some Sequence<String>
    ) -> String {
        "\(id), \(user ?? "nobody"): \(subscriptions.sorted()) \(rooms.sorted())"
    }
}
