/// What the head of a handshake may cost its receiver; checked as the bytes arrive.
package struct HandshakeLimits: Sendable {
    /// Bytes of the first line, without its line end; above it, 414.
    package var requestLine: Int
    /// Bytes behind the first line, the blank line included; above it, 431.
    package var headerBlock: Int
    /// Header lines; above it, 431.
    package var headerCount: Int

    package init(requestLine: Int = 8_192, headerBlock: Int = 16_384, headerCount: Int = 100) {
        self.requestLine = requestLine
        self.headerBlock = headerBlock
        self.headerCount = headerCount
    }
}
