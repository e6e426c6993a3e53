/// The server's answer to `__hello__` (Protocol.md, "Hello"). Clients ignore keys that they do not know.
struct HelloResponse: Encodable, Sendable {
    /// The server's limits on what a client sends.
    struct ClientLimits: Encodable, Sendable {
        /// Bytes of one message, after its fragments are joined and after it is inflated.
        let messageSize: Int
        /// Levels of one packet.
        let depth: Int
        /// Values and keys of one packet.
        let elements: Int
        /// Bytes of a request's `call_id`.
        let callID: Int

        private enum CodingKeys: String, CodingKey {
            case messageSize = "message_size"
            case depth, elements
            case callID = "call_id"
        }
    }

    let limits: ClientLimits
    /// Seconds until the connection's admission expires, in whole milliseconds; nil if it does not expire.
    let expiresIn: Double?

    private enum CodingKeys: String, CodingKey {
        case limits
        case expiresIn = "expires_in"
    }

    /// - Parameter remaining: how long the admission is still valid; nil if it does not expire.
    init(_ limits: Limits, remaining: Duration?) {
        self.limits = ClientLimits(
            messageSize: limits.messageSize, depth: limits.depth, elements: limits.elements, callID: limits.callID)
        expiresIn = remaining?.wireSecondsRoundedDown
    }
}
