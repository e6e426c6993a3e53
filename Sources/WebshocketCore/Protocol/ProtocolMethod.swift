/// The methods of the protocol itself. Their names begin with `__` (Protocol.md).
///
/// `webshocket.js` declares the same names; a test compares the two.
package enum ProtocolMethod: String, CaseIterable, Sendable {
    case hello = "__hello__"
    case authenticate = "__authenticate__"
    case abort = "__abort__"
    case credit = "__credit__"
    case ping = "__ping__"
    case subscribe = "__subscribe__"
    case unsubscribe = "__unsubscribe__"
    case publish = "__publish__"
    case join = "__join__"
    case leave = "__leave__"
    case members = "__members__"

    /// The method's name in a request.
    package var name: String { rawValue }
}
