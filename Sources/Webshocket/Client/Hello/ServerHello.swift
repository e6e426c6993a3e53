/// A server's answer to the hello (Protocol.md, "Hello").
package struct ServerHello: Sendable, Hashable {
    package var limits: ServerLimits
    /// The time until the admission of the connection expires, from the arrival of the answer; nil if it does not.
    package var expiresIn: Duration?

    /// Reads an answer. Unknown keys are ignored; limits that are missing, or that are not positive integers, keep
    /// their defaults.
    /// - Parameters:
    ///   - answer: the response; an error of an older server, or a value that is not a map, tells nothing.
    ///   - defaults: the limits of a server that tells none.
    package init(_ answer: RPCResponse, defaults: ServerLimits) {
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
