/// The limits on the head of a handshake, which are checked as the bytes arrive.
package struct HandshakeLimits: Sendable {
    /// The maximum size of the first line in bytes, without its line end. A longer line is answered with 414.
    package var requestLine: Int
    /// The maximum number of bytes after the first line, including the blank line. More bytes are answered with 431.
    package var headerBlock: Int
    /// The maximum number of header lines. More lines are answered with 431.
    package var headerCount: Int

    package init(requestLine: Int = 8_192, headerBlock: Int = 16_384, headerCount: Int = 100) {
        self.requestLine = requestLine
        self.headerBlock = headerBlock
        self.headerCount = headerCount
    }
}
