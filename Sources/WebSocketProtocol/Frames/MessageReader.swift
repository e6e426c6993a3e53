import Bytes

/// A reader that assembles messages from the bytes of one connection (RFC 6455, section 5; RFC 7692 if negotiated).
///
/// A message that arrives whole, in one frame and uncompressed, is unmasked in place and returned without a copy. Any
/// other message is collected in the reader's own buffer. The buffer grows with the received bytes, never with the
/// length that a header claims.
package struct MessageReader: ~Copyable {
    /// The result of reading. The pointers are valid until the next call, or until the memory of the input is reused.
    package enum Event {
        /// All input was consumed without an event.
        case needMore
        case message(MessageKind, UnsafeRawBufferPointer)
        /// A ping, to be answered with a pong of the same payload, at most 125 bytes.
        case ping(UnsafeRawBufferPointer)
        case pong(UnsafeRawBufferPointer)
        /// A close frame, which is the last event: all following bytes are consumed and ignored.
        case close(ClosePayload)
        /// The connection must be failed. Each further call returns the same failure.
        case failure(ProtocolFailure)
    }

    /// The state that the previous call left for the next call to clear.
    enum Residue {
        case nothing, message, control, closed, failed
    }

    /// The capacity of the message buffer that an idle connection may keep.
    static let keptCapacity = 16_384

    let role: Role
    private(set) var limits: MessageLimits
    let isDeflating: Bool
    var inflater: Inflater
    /// Whether no frame or message is in progress, so a whole frame can take the fast path.
    var isAtRest = true
    var residue = Residue.nothing
    var failure: ProtocolFailure?

    /// The start of an incomplete header, at most 14 bytes.
    var cutHeader: (UInt64, UInt64) = (0, 0)
    var cutCount = 0

    /// The frame whose payload is being read.
    var isInFrame = false
    var isFinal = false
    var opcode: UInt8 = 0
    var isMasked = false
    var mask: UInt32 = 0
    var remaining = 0

    /// The message whose frames are being read.
    var isInMessage = false
    var kind = MessageKind.binary
    var isCompressed = false
    var fragments = 0
    /// The number of payload bytes in the headers of its frames so far.
    var claimed = 0
    var text = UTF8Validator()
    /// The payload of the message so far, followed by that of a control frame between its fragments.
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

    /// Changes the maximum size of messages in bytes, from the next message on. Call it only between two messages.
    package mutating func limit(messages: Int) {
        limits.maxMessage = Self.size(messages)
    }

    /// Clamps a limit, so that adding to it cannot overflow an `Int`.
    private static func size(_ limit: Int) -> Int { min(max(0, limit), .max / 4) }

    /// Consumes bytes from the front of `input`, up to the end of one event.
    ///
    /// The bytes are unmasked in place. Bytes that were consumed before `needMore` may be overwritten.
    /// - Complexity: O(*n*) in the number of bytes read.
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

    /// The memory that the collected message occupies, in bytes; for tests and metrics.
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
    /// The fast path for the most common message: one short, uncompressed frame that is wholly in `input`. Returns nil,
    /// and changes nothing, for any other message.
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

    /// Consumes and unmasks the available part of the frame's payload.
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

    /// Processes a piece of a data frame; nil to continue with the next frame.
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
        // Reserves memory for the rest of the frame if that is at most twice the size of this piece.
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

    /// Continues after a piece was collected; nil to continue with the next frame.
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
    /// Processes a piece of a control frame, which may be between the fragments of a message.
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
        switch ClosePayload.validate(payload) {
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
