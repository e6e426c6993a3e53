/// The name of a session attribute together with its type, so that neither can be mistaken.
///
///     extension SessionKey<Bool> { static let isAdmin = SessionKey("isAdmin") }
///
///     connection[.isAdmin] = true
///
/// It names the same attribute as the plain name does: `connection.isAdmin`, `connection["isAdmin"]`.
public struct SessionKey<Content: Codable & Sendable>: Sendable, Hashable {
    /// The attribute's name.
    public let name: String

    /// - Parameter name: any text; a name of the server's own, not one that a peer chooses.
    public init(_ name: String) {
        self.name = name
    }
}
