/// Why a client's handshake came to nothing.
package enum HandshakeFailure: Error, Sendable {
    /// The request would be malformed, or forge another one; nothing was sent.
    case invalidRequest(reason: String)
    /// The server answered with another status than 101. `body` is what had arrived of its body, at most 1 KiB.
    case refused(status: Int, headers: HTTPHeaders, body: String)
    /// The server's answer breaks the protocol.
    case malformed(reason: String)
}
