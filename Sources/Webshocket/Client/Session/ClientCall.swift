/// A call that is ready to be sent.
struct ClientCall: Sendable {
    let id: String
    let kind: MessageKind
    let bytes: [UInt8]
    /// How long to wait for the reply; nil for as long as the client tries to be connected.
    let timeout: Duration?
    var way = OutgoingMessage.Way.behindOthers
    /// Whether it may run twice.
    var isIdempotent = false
    /// What it asks for of channels and rooms, if it does.
    var interest: ClientInterests.Request?
}
