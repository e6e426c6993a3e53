/// The name and the type of a session attribute. It prevents misspelled names and mismatched types.
///
///     extension SessionKey<Bool> { static let isAdmin = SessionKey("isAdmin") }
///
///     connection[.isAdmin] = true
///
/// The key accesses the same attribute as its plain name: `connection.isAdmin` or `connection["isAdmin"]`.
public struct SessionKey<Content: Codable & Sendable>: Sendable, Hashable {
    /// The attribute's name.
    public let name: String

    /// Creates a key.
    /// - Parameter name: Any string, chosen by the server and not by a peer.
    public init(_ name: String) {
        self.name = name
    }
}
