/// The payload of a close frame. It points to the reader's memory and is valid until the reader's next call.
package struct ClosePayload {
    /// The code, or nil if the frame was empty.
    package let code: CloseCode?
    /// The reason: valid UTF-8, at most 123 bytes.
    package let reasonBytes: UnsafeRawBufferPointer

    /// The reason, copied to a string that outlives the reader's memory.
    package var reason: String { String(validating: reasonBytes, as: UTF8.self) ?? "" }
}

extension ClosePayload {
    /// Validates the payload of a close frame (RFC 6455, section 5.5.1).
    static func validate(_ bytes: UnsafeRawBufferPointer) -> Result<ClosePayload, ProtocolFailure> {
        guard bytes.count > 0 else { return .success(ClosePayload(code: nil, reasonBytes: bytes)) }
        guard bytes.count > 1 else {
            return .failure(ProtocolFailure(.protocolError, "close payload of one byte"))
        }
        let code = CloseCode(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
        guard code.isValidOnTheWire else {
            return .failure(ProtocolFailure(.protocolError, "close code not allowed on the wire"))
        }
        let reason = UnsafeRawBufferPointer(rebasing: bytes[2...])
        var validator = UTF8Validator()
        guard validator.consume(reason), validator.isComplete else {
            return .failure(ProtocolFailure(.invalidPayload, "close reason is not UTF-8"))
        }
        return .success(ClosePayload(code: code, reasonBytes: reason))
    }
}
