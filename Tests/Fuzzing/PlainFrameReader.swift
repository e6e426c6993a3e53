import WebSocketProtocol

/// A simple reference reader for frames without compression (RFC 6455, section 5).
struct PlainFrameReader {
    let role: Role
    let limits: MessageLimits

    private var kind: MessageKind?
    private var fragments = 0
    private var gathered: [UInt8] = []

    init(role: Role, limits: MessageLimits) {
        self.role = role
        self.limits = limits
    }

    /// Returns all events in the bytes of a connection. An incomplete frame at the end gives no event.
    mutating func hear(_ bytes: UnsafeRawBufferPointer) -> [Heard] {
        var rest = bytes[...]
        var heard: [Heard] = []
        while let frame = Frame(&rest) {
            guard let event = validate(frame) else { continue }
            heard.append(event)
            switch event {
            case .failure, .close: return heard
            case .message, .ping, .pong: continue
            }
        }
        return heard
    }

    /// Returns whether bytes are valid UTF-8, or a prefix of valid UTF-8.
    private static func isTextSoFar(_ bytes: [UInt8]) -> Bool {
        let ends: [[UInt8]] = [
            [], [0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xBF], [0xBF, 0x80], [0xBF, 0x80, 0x80],
        ]
        return ends.contains { String(validating: bytes + $0, as: UTF8.self) != nil }
    }

    private mutating func validate(_ frame: Frame) -> Heard? {
        guard frame.first & 0x70 == 0, frame.isMasked == (role == .server) else { return .failure(.protocolError) }
        switch frame.opcode {
        case 0: return kind == nil ? .failure(.protocolError) : data(frame)
        case 1, 2:
            guard kind == nil else { return .failure(.protocolError) }
            (kind, fragments, gathered) = (frame.opcode == 1 ? .text : .binary, 0, [])
            return data(frame)
        case 8, 9, 10:
            guard frame.isFinal, frame.shortLength <= 125 else { return .failure(.protocolError) }
            return frame.isWhole ? control(frame) : nil
        default: return .failure(.protocolError)
        }
    }

    private mutating func data(_ frame: Frame) -> Heard? {
        guard let length = frame.length else { return nil }
        let isShortest =
            switch frame.shortLength {
            case 126: length > 125
            case 127: length > 65_535
            default: true
            }
        guard isShortest, length < 1 << 63 else { return .failure(.protocolError) }
        guard length <= limits.maxMessage - gathered.count else { return .failure(.messageTooBig) }
        fragments += 1
        guard fragments <= limits.maxFragments else { return .failure(.policyViolation) }
        gathered += frame.payload
        guard kind == .binary || Self.isTextSoFar(gathered) else { return .failure(.invalidPayload) }
        guard frame.isWhole, frame.isFinal, let kind else { return nil }
        guard kind == .binary || String(validating: gathered, as: UTF8.self) != nil else {
            return .failure(.invalidPayload)
        }
        self.kind = nil
        return .message(kind, gathered)
    }

    private func control(_ frame: Frame) -> Heard {
        let payload = frame.payload
        if frame.opcode == 9 { return .ping(payload) }
        if frame.opcode == 10 { return .pong(payload) }
        guard let high = payload.first else { return .close(nil, []) }
        guard payload.count > 1 else { return .failure(.protocolError) }
        let code = CloseCode(rawValue: UInt16(high) << 8 | UInt16(payload[1]))
        let reason = Array(payload.dropFirst(2))
        guard code.isValidOnTheWire else { return .failure(.protocolError) }
        guard String(validating: reason, as: UTF8.self) != nil else { return .failure(.invalidPayload) }
        return .close(code, reason)
    }
}

/// A frame, of which the end may be missing.
private struct Frame {
    let first: UInt8
    let isMasked: Bool
    let shortLength: UInt8
    /// The length of the payload; nil if the header is incomplete.
    private(set) var length: UInt64?
    private(set) var payload: [UInt8] = []

    var isFinal: Bool { first & 0x80 != 0 }
    var opcode: UInt8 { first & 0x0F }
    var isWhole: Bool { length.map { $0 == UInt64(payload.count) } ?? false }

    /// Removes a frame from the front of the bytes. Returns nil if there are fewer than two bytes.
    init?(_ bytes: inout Slice<UnsafeRawBufferPointer>) {
        guard bytes.count >= 2, let first = bytes.popFirst(), let second = bytes.popFirst() else { return nil }
        self.first = first
        isMasked = second & 0x80 != 0
        shortLength = second & 0x7F
        let width = shortLength == 127 ? 8 : shortLength == 126 ? 2 : 0
        guard bytes.count >= width + (isMasked ? 4 : 0) else {
            bytes = bytes.suffix(0)
            return
        }
        let length = width == 0 ? UInt64(shortLength) : bytes.prefix(width).reduce(0) { $0 << 8 | UInt64($1) }
        self.length = length
        bytes = bytes.dropFirst(width)
        let mask = isMasked ? Array(bytes.prefix(4)) : [0, 0, 0, 0]
        bytes = bytes.dropFirst(isMasked ? 4 : 0)
        payload = bytes.prefix(Int(clamping: length)).enumerated().map { $1 ^ mask[$0 % 4] }
        bytes = bytes.dropFirst(payload.count)
    }
}
