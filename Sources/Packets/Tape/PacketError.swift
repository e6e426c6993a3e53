import CTape

/// Why a message could not be read as a packet; Protocol.md answers it with -32700, and the connection lives.
@usableFromInline
package enum PacketError: Error, Hashable, Sendable {
    /// Not of the codec's grammar, a number that nothing can hold, or bytes behind the value.
    case malformed
    /// Ends before its value does, or a container claims more than is there.
    case truncated
    case tooDeep
    case tooManyElements
    case invalidUTF8
    /// A string of JSON has an escape for a surrogate without its other half. The parser reports it as ``malformed``;
    /// ``RefusedRequest`` tells the two apart.
    case loneSurrogate
    /// Well-formed, but a text has a run of combining marks or regional indicators that is too long (Protocol.md,
    /// "Text"); ``PacketParser/refusedPacket()`` says which call it belongs to.
    case runTooLong
    /// A map's key that is neither a string nor an integer.
    case invalidKey
    case outOfMemory
    /// Well-formed, but the named part of a packet is missing or of the wrong type.
    case notAPacket(Part)

    /// The parts of a packet that a reader insists on.
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
    /// A sentence that may be sent to the peer: it quotes nothing of the message.
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
        case .invalidKey: "The message holds a key that is no string."
        case .outOfMemory: "There is no memory for the message."
        case .notAPacket(let part): "The message is no packet: '\(part.rawValue)' is missing or of the wrong type."
        }
    }
}
