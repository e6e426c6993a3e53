/// What a client has asked to hear of, to be asked for again on its next connection.
package struct ClientInterests {
    /// What a call that was answered changes.
    package enum Change: Sendable, Equatable {
        case subscribed([String])
        case unsubscribed([String])
        case unsubscribedFromAll
        case joined(String)
        case left([String])
        case leftAll
    }

    /// A set that keeps the order in which its names came.
    private struct Names {
        private var places: [ExactText: UInt64] = [:]
        private var last: UInt64 = 0

        var sorted: [String] { places.sorted { $0.value < $1.value }.map(\.key.text) }

        func contains(_ name: String) -> Bool { places[ExactText(name)] != nil }

        mutating func insert(_ name: String) {
            guard places[ExactText(name)] == nil else { return }
            last += 1
            places[ExactText(name)] = last
        }

        mutating func remove(_ name: String) { places[ExactText(name)] = nil }
    }

    private var channelNames = Names()
    private var roomNames = Names()

    package init() {}

    /// Channels and patterns, in the order in which they were asked for.
    package var channels: [String] { channelNames.sorted }
    /// Rooms, in the order in which they were joined.
    package var rooms: [String] { roomNames.sorted }

    package func hasChannel(_ name: String) -> Bool { channelNames.contains(name) }
    package func hasRoom(_ name: String) -> Bool { roomNames.contains(name) }

    package mutating func apply(_ change: Change) {
        switch change {
        case .subscribed(let names): for name in names { channelNames.insert(name) }
        case .unsubscribed(let names): for name in names { channelNames.remove(name) }
        case .unsubscribedFromAll: channelNames = Names()
        case .joined(let room): roomNames.insert(room)
        case .left(let rooms): for room in rooms { roomNames.remove(room) }
        case .leftAll: roomNames = Names()
        }
    }
}
