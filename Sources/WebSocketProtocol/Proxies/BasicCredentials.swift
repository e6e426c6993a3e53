/// A user name and password for HTTP (RFC 7617). Descriptions of this value do not contain them.
package struct BasicCredentials: Sendable, Hashable {
    /// The text after `Basic`.
    private let token: String

    /// Creates credentials; nil if the name has a colon, which would end it too early, or if both together exceed 4
    /// KiB.
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
