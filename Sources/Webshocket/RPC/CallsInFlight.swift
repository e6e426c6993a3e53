/// The calls of one connection that can still be named by their peer; confined to its loop.
struct CallsInFlight {
    /// Those with one response. Of two calls with one id the later one is named by it.
    private var calls: [[UInt8]: CallInFlight] = [:]
    /// Those that nobody can name.
    private var notifications: [ObjectIdentifier: CallInFlight] = [:]
    /// Those that stream, until they are answered; no two have one id.
    private(set) var streams: [[UInt8]: CallInFlight] = [:]

    subscript(id: [UInt8]) -> CallInFlight? { streams[id] ?? calls[id] }

    mutating func add(_ call: CallInFlight) {
        if call.isNotification {
            notifications[ObjectIdentifier(call)] = call
        } else if call.isStream {
            streams[call.id] = call
        } else {
            calls[call.id] = call
        }
    }

    mutating func remove(_ call: CallInFlight) {
        notifications[ObjectIdentifier(call)] = nil
        if calls[call.id] === call { calls[call.id] = nil }
        if streams[call.id] === call { streams[call.id] = nil }
    }

    /// Takes all out, as at the connection's end.
    mutating func removeAll() -> [CallInFlight] {
        defer { self = CallsInFlight() }
        return Array(calls.values) + streams.values + notifications.values
    }
}
