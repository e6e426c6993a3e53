/// A call that is ready to be sent.
struct ClientCall: Sendable {
    let id: String
    let kind: MessageKind
    let bytes: [UInt8]
    /// The timeout; nil for no timeout.
    let timeout: Duration?
    var way = OutgoingMessage.Way.behindOthers
    /// Whether the method may run twice without harm.
    var isIdempotent = false
    /// The channels or rooms that the call requests, if any.
    var interest: ClientInterests.Request?
}
