// The start of a frame: the header is read, whole or in pieces, and validated before any of the payload.
extension MessageReader {
    /// Reads a whole header; nil if it needs more bytes or the header is invalid.
    @inline(__always)
    mutating func takeHeader(from input: inout UnsafeMutableRawBufferPointer) -> FrameHeader? {
        guard cutCount == 0, input.count >= 2, let base = input.baseAddress else { return gatherHeader(from: &input) }
        let second = base.load(fromByteOffset: 1, as: UInt8.self)
        let size = FrameHeader.size(second: second)
        guard input.count >= size else { return gatherHeader(from: &input) }
        if let failure = validate(first: base.load(as: UInt8.self), second: second) {
            _ = fail(failure)
            return nil
        }
        input = UnsafeMutableRawBufferPointer(start: base + size, count: input.count - size)
        return FrameHeader(base)
    }

    /// Collects the bytes of a header that arrives in pieces. The first two are validated as soon as they have arrived.
    @inline(never)
    private mutating func gatherHeader(from input: inout UnsafeMutableRawBufferPointer) -> FrameHeader? {
        while let base = input.baseAddress, input.count > 0 {
            let byte = base.load(as: UInt8.self)
            input = UnsafeMutableRawBufferPointer(start: base + 1, count: input.count - 1)
            // A header uses at most 14 of the 16 bytes, then the loop ends.
            withUnsafeMutableBytes(of: &cutHeader) { [cutCount] in $0[cutCount] = byte }
            cutCount += 1
            guard cutCount >= 2 else { continue }
            let (first, second) = withUnsafeBytes(of: cutHeader) { ($0[0], $0[1]) }
            if cutCount == 2, let failure = validate(first: first, second: second) {
                _ = fail(failure)
                return nil
            }
            if cutCount == FrameHeader.size(second: second) {
                cutCount = 0
                return withUnsafeBytes(of: cutHeader) { $0.baseAddress.map { FrameHeader($0) } }
            }
        }
        return nil
    }

    /// Validates the first two bytes (RFC 6455, sections 5.1, 5.2, 5.4 and 5.5).
    @inline(__always)
    private func validate(first: UInt8, second: UInt8) -> ProtocolFailure? {
        // The common case: the first frame of an uncompressed message, not inside another message.
        if first & 0x7F == 0x1 || first & 0x7F == 0x2, !isInMessage, (second & 0x80 != 0) == (role == .server) {
            return nil
        }
        return validateUncommon(first: first, second: second)
    }

    @inline(never)
    private func validateUncommon(first: UInt8, second: UInt8) -> ProtocolFailure? {
        let opcode = first & 0x0F
        guard first & 0x30 == 0 else { return ProtocolFailure(.protocolError, "reserved bit set") }
        if first & 0x40 != 0 {
            guard isDeflating else { return ProtocolFailure(.protocolError, "reserved bit set") }
            guard opcode == 1 || opcode == 2 else {
                return ProtocolFailure(.protocolError, "compression bit on a continuation or control frame")
            }
        }
        switch role {
        case .server:
            guard second & 0x80 != 0 else { return ProtocolFailure(.protocolError, "frame without a mask") }
        case .client:
            guard second & 0x80 == 0 else { return ProtocolFailure(.protocolError, "masked frame from a server") }
        }
        switch opcode {
        case 0x0:
            return isInMessage ? nil : ProtocolFailure(.protocolError, "continuation without a start")
        case 0x1, 0x2:
            return isInMessage ? ProtocolFailure(.protocolError, "new message inside a fragmented message") : nil
        case 0x8, 0x9, 0xA:
            guard first & 0x80 != 0 else { return ProtocolFailure(.protocolError, "fragmented control frame") }
            return second & 0x7F <= 125 ? nil : ProtocolFailure(.protocolError, "control frame above 125 bytes")
        default:
            return .reservedOpcode
        }
    }

    /// Begins a frame whose first two bytes are valid, and validates its length.
    @inline(__always)
    mutating func begin(_ header: FrameHeader) -> ProtocolFailure? {
        opcode = header.opcode
        isFinal = header.isFinal
        isMasked = header.isMasked
        mask = header.mask
        if !header.isControl {
            if opcode != 0 {
                isInMessage = true
                kind = opcode == 1 ? .text : .binary
                isCompressed = header.isCompressed
                fragments = 0
                claimed = 0
                text = UTF8Validator()
            }
            if let failure = admit(header) { return failure }
            claimed += Int(truncatingIfNeeded: header.length)
        }
        remaining = Int(truncatingIfNeeded: header.length)
        isInFrame = true
        return nil
    }

    /// Validates the length of a data frame against the remaining size of the message. A valid length fits in an `Int`.
    @inline(__always)
    private mutating func admit(_ header: FrameHeader) -> ProtocolFailure? {
        guard header.isMinimal else { return ProtocolFailure(.protocolError, "length not in its shortest form") }
        guard header.length >> 63 == 0 else { return ProtocolFailure(.protocolError, "length above 2^63 - 1") }
        guard header.length <= UInt64(wireLimit - claimed) else { return .tooBig }
        fragments += 1
        guard fragments <= limits.maxFragments else {
            return ProtocolFailure(.policyViolation, "message has too many fragments")
        }
        return nil
    }

    /// The maximum number of payload bytes in the frames of the message.
    ///
    /// Stored blocks of deflate add 5 bytes to every 16 KiB or less. Therefore a compressed message at the limit can be
    /// slightly larger than its content.
    @inline(__always)
    private var wireLimit: Int {
        isCompressed ? limits.maxMessage + (limits.maxMessage >> 8) + 64 : limits.maxMessage
    }
}

extension ProtocolFailure {
    static let tooBig = ProtocolFailure(.messageTooBig, "message above the limit")
    static let notText = ProtocolFailure(.invalidPayload, "text is not UTF-8")
    static let notDeflated = ProtocolFailure(.invalidPayload, "compressed data cannot be inflated")
    static let reservedOpcode = ProtocolFailure(.protocolError, "reserved opcode")
}
