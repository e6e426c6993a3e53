/// The calls in flight on one connection. Confined to the connection's loop.
struct CallsInFlight {
    /// Calls with a single response. If two have the same ID, the ID refers to the later one.
    private var calls: [[UInt8]: CallInFlight] = [:]
    /// Calls without a response, which the peer cannot refer to.
    private var notifications: [ObjectIdentifier: CallInFlight] = [:]
    /// Streams that have not ended. Their IDs are unique.
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

    /// Removes and returns all calls, for the end of the connection.
    mutating func removeAll() -> [CallInFlight] {
        defer { self = CallsInFlight() }
        return Array(calls.values) + streams.values + notifications.values
    }
}
