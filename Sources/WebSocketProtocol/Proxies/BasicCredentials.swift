/// A user's name and password for HTTP (RFC 7617). No text that is made of it holds them.
package struct BasicCredentials: Sendable, Hashable {
    /// What stands behind `Basic`.
    private let token: String

    /// Nil for a name with a colon, which would end it too early, and for more than 4 KiB.
    package init?(user: [UInt8], password: [UInt8]) {
        guard !user.contains(UInt8(ascii: ":")), user.count + password.count <= 4_096 else { return nil }
        token = Base64.text(of: user + [UInt8(ascii: ":")] + password)
    }

    var headerValue: String { "Basic \(token)" }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "user and password" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
