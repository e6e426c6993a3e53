/// A message that waits until the server has read those before it; it holds up the task that sends it.
struct UnsentMessage {
    let kind: MessageKind
    let bytes: [UInt8]
    /// Told once: that the message is in the outbox, or why it never will be.
    let isSent: (ClientError?) -> Void
}
