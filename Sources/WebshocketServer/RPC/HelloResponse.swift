/// The server's response to `__hello__` (Protocol.md, "Hello"). Clients ignore unknown keys.
struct HelloResponse: Encodable, Sendable {
    /// The server's limits on messages from the client.
    struct ClientLimits: Encodable, Sendable {
        /// The largest message in bytes, after its fragments are joined and decompressed.
        let messageSize: Int
        /// The deepest nesting of one packet, in levels.
        let depth: Int
        /// The largest number of values and keys in one packet.
        let elements: Int
        /// The longest `call_id` of a request, in bytes.
        let callID: Int

        private enum CodingKeys: String, CodingKey {
            case messageSize = "message_size"
            case depth, elements
            case callID = "call_id"
        }
    }

    let limits: ClientLimits
    /// Seconds until the connection's admission expires, rounded down to milliseconds; nil if it does not expire.
    let expiresIn: Double?

    private enum CodingKeys: String, CodingKey {
        case limits
        case expiresIn = "expires_in"
    }

    /// - Parameter remaining: The time until the admission expires; nil if it does not expire.
    init(_ limits: ServerLimits, remaining: Duration?) {
        self.limits = ClientLimits(
            messageSize: limits.messageSize, depth: limits.depth, elements: limits.elements, callID: limits.callID)
        expiresIn = remaining?.wireSecondsRoundedDown
    }
}
