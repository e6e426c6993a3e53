import Bytes

/// Makes messages out of the bytes of one connection (RFC 6455, section 5; RFC 7692 where negotiated).
///
/// A message that arrives whole, unfragmented and uncompressed is unmasked where it lies and lent out without a copy;
/// any other gathers in the reader's own buffer, which grows with what arrived and never with what a header claims.
package struct MessageReader: ~Copyable {
    /// What the bytes amounted to. The pointers live until the next call, or until the input's memory is reused.
    package enum Event {
        /// All input is taken; there is no event in it.
        case needMore
        case message(MessageKind, UnsafeRawBufferPointer)
        /// To be answered with a pong of the same payload, at most 125 bytes.
        case ping(UnsafeRawBufferPointer)
        case pong(UnsafeRawBufferPointer)
        /// The last event: what follows a close frame is taken and ignored.
        case close(ClosePayload)
        /// The connection must be failed; each further call says the same.
        case failure(ProtocolFailure)
    }

    /// What the last call left for this one to clear away.
    enum Residue {
        case nothing, message, control, closed, failed
    }

    /// What an idle connection may keep of its message buffer.
    static let keptCapacity = 16_384

    let role: Role
    private(set) var limits: MessageLimits
    let isDeflating: Bool
    var inflater: Inflater
    /// Whether nothing at all is under way, so that a whole frame can take the short way.
    var isAtRest = true
    var residue = Residue.nothing
    var failure: ProtocolFailure?

    /// The start of a header that was cut: at most 14 bytes.
    var cutHeader: (UInt64, UInt64) = (0, 0)
    var cutCount = 0

    /// The frame whose payload is under way.
    var isInFrame = false
    var isFinal = false
    var opcode: UInt8 = 0
    var isMasked = false
    var mask: UInt32 = 0
    var remaining = 0

    /// The message whose frames are under way.
    var isInMessage = false
    var kind = MessageKind.binary
    var isCompressed = false
    var fragments = 0
    /// Payload bytes that its frames have claimed.
    var claimed = 0
    var text = UTF8Validator()
    /// What has gathered of the message, and behind it of a control frame between its fragments.
    var gathered = ByteBuffer()
    var controlStart: Int?

    package init(role: Role, limits: MessageLimits = .init(), deflate: DeflateParameters? = nil) {
        self.role = role
        self.limits = MessageLimits(maxMessage: Self.size(limits.maxMessage), maxFragments: max(1, limits.maxFragments))
        isDeflating = deflate != nil
        switch role {
        case .server:
            inflater = Inflater(
                windowBits: deflate?.clientWindowBits ?? 15, keepsContext: deflate?.clientContextTakeover ?? true)
        case .client:
            inflater = Inflater(
                windowBits: deflate?.serverWindowBits ?? 15, keepsContext: deflate?.serverContextTakeover ?? true)
        }
    }

    /// From the next message on takes those of so many bytes at most; between two messages.
    package mutating func limit(messages: Int) {
        limits.maxMessage = Self.size(messages)
    }

    /// Sums of the limit and a little more stay within an `Int`.
    private static func size(_ limit: Int) -> Int { min(max(0, limit), .max / 4) }

    /// Takes bytes off the front of `input` up to the end of one event. Costs about as much as reading the bytes.
    ///
    /// The bytes are unmasked in place, and none is needed twice: what is behind `needMore` may be overwritten.
    package mutating func next(in input: inout UnsafeMutableRawBufferPointer) -> Event {
        if isAtRest, let event = takeWholeMessage(from: &input) { return event }
        defer { isAtRest = residue == .nothing && !isInFrame && !isInMessage && cutCount == 0 }
        return nextPiecewise(in: &input)
    }

    @inline(never)
    private mutating func nextPiecewise(in input: inout UnsafeMutableRawBufferPointer) -> Event {
        switch residue {
        case .nothing:
            break
        case .message:
            gathered.removeAll(keepingCapacity: Self.keptCapacity)
            residue = .nothing
        case .control:
            discardControl()
        case .closed:
            input = UnsafeMutableRawBufferPointer(start: input.baseAddress.map { $0 + input.count }, count: 0)
            return .needMore
        case .failed:
            break
        }
        while true {
            if let failure { return .failure(failure) }
            if !isInFrame {
                guard let header = takeHeader(from: &input) else { return failure.map { .failure($0) } ?? .needMore }
                if let failure = begin(header) { return fail(failure) }
            }
            let chunk = takePayload(from: &input)
            if opcode & 0x08 != 0 {
                return control(chunk)
            }
            if let event = data(chunk) { return event }
        }
    }

    /// How many bytes of memory the gathered message occupies; for tests and metrics.
    package var gatheredCapacity: Int { gathered.capacity }

    mutating func fail(_ failure: ProtocolFailure) -> Event {
        residue = .failed
        self.failure = failure
        gathered.removeAll()
        return .failure(failure)
    }
}

// MARK: - Payloads

extension MessageReader {
    /// Takes a message that lies in `input` as one short frame, uncompressed: most are. Nil leaves all as it is.
    @inline(__always)
    private mutating func takeWholeMessage(from input: inout UnsafeMutableRawBufferPointer) -> Event? {
        guard let base = input.baseAddress, input.count >= 2 else { return nil }
        let first = base.load(as: UInt8.self)
        let second = base.load(fromByteOffset: 1, as: UInt8.self)
        let isMasked = role == .server
        let size = isMasked ? 6 : 2
        let length = Int(isMasked ? second ^ 0x80 : second)
        guard first == 0x82 || first == 0x81, length < 126, input.count >= size + length, length <= limits.maxMessage
        else { return nil }
        let payload = UnsafeMutableRawBufferPointer(start: base + size, count: length)
        if isMasked { Mask.apply(base.loadUnaligned(fromByteOffset: 2, as: UInt32.self), to: payload) }
        input = UnsafeMutableRawBufferPointer(start: base + size + length, count: input.count - size - length)
        let bytes = UnsafeRawBufferPointer(payload)
        guard first == 0x81 else { return .message(.binary, bytes) }
        if !UTF8Validator.isASCII(bytes) {
            var text = UTF8Validator()
            guard text.consume(bytes), text.isComplete else {
                isAtRest = false
                return fail(.notText)
            }
        }
        return .message(.text, bytes)
    }

    /// Takes what is there of the frame's payload, unmasked.
    @inline(__always)
    private mutating func takePayload(from input: inout UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer
    {
        let count = min(remaining, input.count)
        let chunk = UnsafeMutableRawBufferPointer(start: input.baseAddress, count: count)
        if isMasked {
            Mask.apply(mask, to: chunk)
            mask = Mask.advance(mask, by: count)
        }
        remaining -= count
        input = UnsafeMutableRawBufferPointer(start: input.baseAddress.map { $0 + count }, count: input.count - count)
        return chunk
    }

    /// Takes a piece of a data frame; nil to go on with the next frame.
    @inline(__always)
    private mutating func data(_ chunk: UnsafeMutableRawBufferPointer) -> Event? {
        let bytes = UnsafeRawBufferPointer(chunk)
        guard !isCompressed else { return inflate(bytes) }
        let isEnd = remaining == 0 && isFinal
        if isEnd, gathered.isEmpty {
            if kind == .text, !(text.isComplete && UTF8Validator.isASCII(bytes)) {
                guard text.consume(bytes), text.isComplete else { return fail(.notText) }
            }
            isInFrame = false
            isInMessage = false
            return .message(kind, bytes)
        }
        if kind == .text, !text.consume(bytes) { return fail(.notText) }
        // Room for the rest of the frame at once, if that is at most twice what just arrived.
        if remaining > 0, remaining / 2 <= bytes.count { _ = gathered.reserve(bytes.count + remaining) }
        gathered.append(contentsOf: bytes)
        return endOfPiece()
    }

    private mutating func inflate(_ bytes: UnsafeRawBufferPointer) -> Event? {
        let before = gathered.count
        var failure = inflater.inflate(bytes, into: &gathered, limit: limits.maxMessage)
        if failure == nil, remaining == 0, isFinal {
            failure = inflater.finishMessage(into: &gathered, limit: limits.maxMessage)
        }
        if let failure { return fail(failure) }
        if kind == .text {
            let isText = gathered.withBytes { text.consume(UnsafeRawBufferPointer(rebasing: $0[before...])) }
            guard isText else { return fail(.notText) }
        }
        return endOfPiece()
    }

    /// Goes on behind a piece that was gathered; nil to go on with the next frame.
    private mutating func endOfPiece() -> Event? {
        guard remaining == 0 else { return .needMore }
        isInFrame = false
        guard isFinal else { return nil }
        if kind == .text, !text.isComplete { return fail(.notText) }
        isInMessage = false
        residue = .message
        return .message(kind, gathered.withBytes { $0 })
    }
}

// MARK: - Control frames

extension MessageReader {
    /// Takes a piece of a control frame, which may stand between the fragments of a message.
    private mutating func control(_ chunk: UnsafeMutableRawBufferPointer) -> Event {
        var payload = UnsafeRawBufferPointer(chunk)
        if remaining > 0 || controlStart != nil {
            let start = controlStart ?? gathered.count
            controlStart = start
            gathered.append(contentsOf: payload)
            guard remaining == 0 else { return .needMore }
            payload = gathered.withBytes { UnsafeRawBufferPointer(rebasing: $0[start...]) }
            residue = .control
        }
        isInFrame = false
        switch opcode {
        case 0x9: return .ping(payload)
        case 0xA: return .pong(payload)
        case 0x8: break
        default: return fail(.reservedOpcode)
        }
        switch ClosePayload.judge(payload) {
        case .success(let close):
            residue = .closed
            return .close(close)
        case .failure(let failure):
            return fail(failure)
        }
    }

    private mutating func discardControl() {
        gathered.truncate(to: controlStart ?? gathered.count)
        if !isInMessage { gathered.removeAll(keepingCapacity: Self.keptCapacity) }
        controlStart = nil
        residue = .nothing
    }
}
