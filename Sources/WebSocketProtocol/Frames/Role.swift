/// Which end of the connection this side is: it decides who masks and who drops TCP first.
package enum Role: Sendable {
    case server, client
}
