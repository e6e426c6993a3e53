import Bytes
import CTape
import WebSocketProtocol

/// UTF-8: what the standard library takes is what the frames' validator and the packets' one take, however it is cut.
enum TextTarget: FuzzTarget {
    static let name = "text"

    static let seeds =
        [
            "plain ASCII of more than thirty-two bytes, in one run", "κόσμε", "€ and € again", "𝄞🎈",
            "\u{0}\u{7F}\u{80}\u{7FF}",
            "\u{800}\u{FFFF}\u{10000}\u{10FFFF}", "mixed 1é2€3𝄞4 mixed 1é2€3𝄞4 mixed 1é2€3𝄞4",
        ].map { seed(3, 30, then: $0.utf8) }
        + ["c080", "eda080", "f4908080", "e0809f", "f08fbfbf", "c3"].map {
            seed(0, 0, then: hex($0))
        }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let lengths = choices.lengths()
        let text = choices.rest
        let expected = String(validating: text, as: UTF8.self) != nil
        // Memory of its own, of exactly this size, as messages are not always.
        eachPiece(of: text) { copy in
            let start = copy.baseAddress?.assumingMemoryBound(to: UInt8.self)
            check(tape_is_utf8(start, copy.count) == expected, "the tape judges text as the standard library does")
            check(
                tape_is_text(start, copy.count) == expected, "the tape judges short text as the standard library does")
            return false
        }
        check(isTextMessage(text) == expected, "a reader judges text as the standard library does")
        check(isTextMessage(text, lengths: lengths) == expected, "a reader judges text in pieces as it does whole")
    }

    private static func isTextMessage(_ text: UnsafeRawBufferPointer, lengths: [Int] = []) -> Bool {
        var writer = MessageWriter(role: .server)
        var frame = ByteBuffer()
        writer.write(.text, text, into: &frame)
        var reader = MessageReader(role: .client)
        var isText = false
        frame.withBytes { bytes in
            eachPiece(of: bytes, lengths: lengths) { piece in
                var input = piece
                while true {
                    switch reader.next(in: &input) {
                    case .needMore: return true
                    case .message(.text, let payload): isText = payload.elementsEqual(text)
                    case .failure(let failure):
                        check(failure.code == .invalidPayload, "nothing but the text can be wrong")
                        return false
                    case .message(.binary, _), .ping, .pong, .close: fail("nothing but text was sent")
                    }
                }
            }
        }
        return isText
    }
}
