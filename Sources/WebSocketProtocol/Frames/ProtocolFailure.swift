/// The reason why a connection must be failed (RFC 6455, section 7.1.7): the close code to send, and an ASCII text.
package struct ProtocolFailure: Error {
    package let code: CloseCode
    package let reason: StaticString

    init(_ code: CloseCode, _ reason: StaticString) {
        self.code = code
        self.reason = reason
    }
}
