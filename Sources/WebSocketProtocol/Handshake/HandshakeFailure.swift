/// The reason why a client's handshake failed.
package enum HandshakeFailure: Error, Sendable {
    /// The request would be malformed, or would inject another request. Nothing was sent.
    case invalidRequest(reason: String)
    /// The server responded with a status other than 101. `body` is the part of the body that had arrived, at most 1
    /// KiB.
    case refused(status: Int, headers: HTTPHeaders, body: String)
    /// The server's response violates the protocol.
    case malformed(reason: String)
}
