import Bytes
import WebSocketProtocol

/// Fuzzes the reader for frames without compression, whole and in pieces.
enum MessageReaderTarget: FuzzTarget {
    static let name = "messages"

    /// Frames to a server, with masks of zeros, so that a changed bit of the payload is easy to see.
    static let seeds =
        [
            "81 85 00000000 48656c6c6f", "82 83 01020304 010203",
            "01 83 00000000 48656c 89 81 00000000 21 80 82 00000000 6c6f",
            "81 fe 007e 00000000" + String(repeating: "e282ac", count: 42),
            "01 80 00000000" + String(repeating: "00 80 00000000", count: 5) + "80 80 00000000",
            "88 84 00000000 03e8 6f6b", "88 80 00000000", "8a 80 00000000", "82 ff 0000000000010000 00000000",
        ].map { seed(0, 1, 20, then: hex($0)) } + [seed(1, 0, 0, then: hex("8105 48656c6c6f 0103 e282ac 8000"))]

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let frames = Frames(role: choices.next() & 1 == 0 ? .server : .client, deflate: nil)
        let lengths = choices.lengths()
        let heard = frames.hear(choices.rest)
        var plain = PlainFrameReader(role: frames.role, limits: Frames.limits)
        let expected = plain.hear(choices.rest)
        check(heard == expected, "both readers give the same result: \(heard) and \(expected)")
        let cut = frames.hear(choices.rest, lengths: lengths)
        check(heard == cut, "pieces give the same result: \(heard) and \(cut)")
        frames.checkWriting(heard)
    }
}

/// Fuzzes the reader for frames with compression.
enum DeflatedMessageTarget: FuzzTarget {
    static let name = "deflated-messages"

    /// The compressed messages are those of RFC 7692, section 7.2.3.
    static let seeds =
        [
            "c1 87 00000000 f248cdc9c90700", "41 83 00000000 f248cd 80 84 00000000 c9c90700",
            "c1 87 00000000 f248cdc9c90700 c1 85 00000000 f200110000",
            "c1 8b 00000000 000500faff48656c6c6f00", "c1 88 00000000 f348cdc9c9070000",
            "c1 8d 00000000 f24805000000ffffcac9c90700", "c2 81 00000000 00", "81 85 00000000 48656c6c6f",
            // 2,048 zeros.
            "c2 92 00000000 62601805a360148c8251300a46c148030000",
        ].map { seed(0, 2, 20, then: hex($0)) } + [seed(7, 0, 0, then: hex("c107 f248cdc9c90700 8105 48656c6c6f"))]

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let flags = choices.next()
        let bits = flags & 2 == 0 ? 15 : 9
        let deflate = DeflateParameters(
            serverWindowBits: bits, clientWindowBits: bits, serverContextTakeover: flags & 4 == 0,
            clientContextTakeover: flags & 4 == 0, minimumSize: 16)
        let frames = Frames(role: flags & 1 == 0 ? .server : .client, deflate: deflate)
        let lengths = choices.lengths()
        let heard = frames.hear(choices.rest)
        let cut = frames.hear(choices.rest, lengths: lengths)
        // Compressed text may be both too long and invalid UTF-8. The error that is found first depends on the pieces.
        check(heard.map(\.withoutCode) == cut.map(\.withoutCode), "pieces give the same result: \(heard) and \(cut)")
        frames.checkWriting(heard)
    }
}

/// An event of a reader, copied out of the reader's memory.
enum Heard: Equatable {
    case message(MessageKind, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(CloseCode?, [UInt8])
    case failure(CloseCode)
}

/// The parameters for reading the bytes of a connection.
private struct Frames {
    /// Low enough for an input to exceed them.
    static let limits = MessageLimits(maxMessage: 700, maxFragments: 6)

    let role: Role
    let deflate: DeflateParameters?

    func hear(_ bytes: UnsafeRawBufferPointer, lengths: [Int] = []) -> [Heard] {
        var reader = MessageReader(role: role, limits: Self.limits, deflate: deflate)
        var heard: [Heard] = []
        eachPiece(of: bytes, lengths: lengths) { piece in
            var input = piece
            while true {
                guard let event = Heard(reader.next(in: &input)) else {
                    check(input.count == 0, "a reader that needs more bytes has consumed all")
                    break
                }
                heard.append(event)
                if case .failure(let code) = event {
                    check(Heard(reader.next(in: &input)) == .failure(code), "a failure is permanent")
                    return false
                }
            }
            // A growing buffer doubles. It may hold one byte more than the limit, and a control frame.
            check(
                reader.gatheredCapacity <= max(256, 2 * (Self.limits.maxMessage + 126)),
                "the buffer is no larger than needed")
            return true
        }
        let closes = heard.firstIndex { if case .close = $0 { true } else { false } }
        check(closes.map { $0 == heard.count - 1 } ?? true, "no event follows a close")
        return heard
    }

    /// Writes the events as the peer would, and checks that reading gives the same events.
    func checkWriting(_ heard: [Heard]) {
        var writer = MessageWriter(
            role: role == .server ? .client : .server, fragmentSize: Self.limits.maxMessage / 4, deflate: deflate)
        var buffer = ByteBuffer()
        var expected: [Heard] = []
        for event in heard {
            switch event {
            case .message(let kind, let payload):
                payload.withUnsafeBytes { writer.write(kind, $0, into: &buffer) }
            case .ping(let payload):
                payload.withUnsafeBytes { writer.writePing($0, into: &buffer) }
            case .pong(let payload):
                payload.withUnsafeBytes { writer.writePong($0, into: &buffer) }
            case .close(let code, let reason):
                writer.writeClose(code, reason: String(decoding: reason, as: UTF8.self), into: &buffer)
            case .failure:
                continue
            }
            expected.append(event)
        }
        let again = buffer.withBytes { hear($0) }
        check(again == expected, "written events can be read: \(expected) and \(again)")
    }
}

extension Heard {
    fileprivate init?(_ event: MessageReader.Event) {
        switch event {
        case .needMore:
            return nil
        case .message(let kind, let payload):
            check(payload.count <= Frames.limits.maxMessage, "a message is within its limit")
            let isText = kind == .binary || String(validating: payload, as: UTF8.self) != nil
            check(isText, "text is UTF-8")
            self = .message(kind, Array(payload))
        case .ping(let payload), .pong(let payload):
            check(payload.count <= 125, "a control frame has at most 125 bytes")
            if case .ping = event { self = .ping(Array(payload)) } else { self = .pong(Array(payload)) }
        case .close(let close):
            check(close.code?.isValidOnTheWire ?? (close.reasonBytes.count == 0), "the close code is valid")
            check(close.reason.utf8.elementsEqual(close.reasonBytes), "a reason is UTF-8")
            self = .close(close.code, Array(close.reasonBytes))
        case .failure(let failure):
            self = .failure(failure.code)
        }
    }

    fileprivate var withoutCode: Heard {
        if case .failure(.messageTooBig) = self { .failure(.invalidPayload) } else { self }
    }
}
