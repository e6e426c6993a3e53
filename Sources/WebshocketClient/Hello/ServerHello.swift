/// A server's response to the hello (Protocol.md, "Hello").
package struct ServerHello: Sendable, Hashable {
    package var limits: AnnouncedLimits
    /// The time from the arrival of the response until the admission expires; nil if it does not expire.
    package var expiresIn: Duration?

    /// Parses a response. Unknown keys are ignored. Limits that are missing or not positive integers keep their
    /// defaults.
    /// - Parameters:
    ///   - answer: The response. An error, as from an older server, or a value that is not a map leaves all defaults.
    ///   - defaults: The limits for a server that does not announce any.
    package init(_ answer: RPCResponse, defaults: AnnouncedLimits) {
        limits = defaults
        guard answer.error == nil else { return }
        let told = answer.data["limits"]
        func limit(_ name: String) -> Int? {
            guard let number = told?[name]?.asInt, number > 0 else { return nil }
            return number
        }
        limits.messageSize = limit("message_size")
        limits.depth = limit("depth") ?? defaults.depth
        limits.elements = limit("elements") ?? defaults.elements
        limits.callID = limit("call_id") ?? defaults.callID
        expiresIn = answer.data["expires_in"]?.asDouble.flatMap { Duration(wireSeconds: $0) }
    }
}
