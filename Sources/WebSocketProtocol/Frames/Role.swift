/// The role of this side of the connection. It determines which side masks frames and which side drops TCP first.
package enum Role: Sendable {
    case server, client
}
