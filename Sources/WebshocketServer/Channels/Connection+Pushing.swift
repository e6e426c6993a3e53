extension Connection {
    /// Sends a message that was encoded for several connections. Like a direct message, it is never dropped.
    func push(_ message: PublishedMessage) {
        perform { core in
            guard let encoded = message[core.form] else { return }
            encoded.withPayload { core.push(encoded.kind, Array($0)) }
        }
    }
}
