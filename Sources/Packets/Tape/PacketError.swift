import CTape

/// The reason why a message could not be read as a packet. The server answers the message with the code -32700 and
/// keeps the connection open (Protocol.md, "Errors").
@usableFromInline
package enum PacketError: Error, Hashable, Sendable {
    /// The message violates the codec's grammar, has a number that cannot be represented, or has bytes after the value.
    case malformed
    /// The message ends before its value does, or a container claims more elements than the message contains.
    case truncated
    case tooDeep
    case tooManyElements
    case invalidUTF8
    /// A JSON string has an escape for an unpaired surrogate. The parser reports this as ``malformed``;
    /// ``RefusedRequest`` distinguishes the two.
    case loneSurrogate
    /// The message is well-formed, but a text has too long a run of combining marks or regional indicators
    /// (Protocol.md, "Text"). ``PacketParser/refusedPacket()`` finds the call to answer.
    case runTooLong
    /// A map has a key that is neither a string nor an integer.
    case invalidKey
    case outOfMemory
    /// The message is well-formed, but the named part of the packet is missing or of the wrong type.
    case notAPacket(Part)

    /// The parts of a packet that a reader validates.
    @usableFromInline
    package enum Part: String, Sendable {
        case packet, source, channel, timestamp, rpc, type, method, code, error, notify
        case arguments = "args"
        case named = "kwargs"
        case callID = "call_id"
        case correlationID = "correlation_id"
        case event
        case isStream = "is_stream"
        case isEnd = "is_end"
    }

    init?(_ status: tape_status) {
        switch status {
        case TAPE_OK: return nil
        case TAPE_TRUNCATED: self = .truncated
        case TAPE_TOO_DEEP: self = .tooDeep
        case TAPE_TOO_MANY: self = .tooManyElements
        case TAPE_INVALID_UTF8: self = .invalidUTF8
        case TAPE_RUN_TOO_LONG: self = .runTooLong
        case TAPE_INVALID_KEY: self = .invalidKey
        case TAPE_OUT_OF_MEMORY: self = .outOfMemory
        default: self = .malformed
        }
    }
}

extension PacketError: CustomStringConvertible {
    /// A sentence that may be sent to the peer. It does not quote the message.
    @usableFromInline package var description: String {
        switch self {
        case .malformed: "The message is malformed."
        case .truncated: "The message ends too early."
        case .tooDeep: "The message is nested too deeply."
        case .tooManyElements: "The message has too many elements."
        case .invalidUTF8: "The message holds text that is not UTF-8."
        case .loneSurrogate: "The message has text with a lone surrogate."
        case .runTooLong:
            "The message has text with more than 30 combining marks, or 256 regional indicators, in a row."
        case .invalidKey: "The message has a map key that is neither a string nor an integer."
        case .outOfMemory: "There is not enough memory for the message."
        case .notAPacket(let part): "The message is not a packet: '\(part.rawValue)' is missing or of the wrong type."
        }
    }
}
