import Bytes
import CText
import WebSocketProtocol

/// Fuzzes the validation of UTF-8 and the limits of runs.
///
/// The validator for frames and the check for text of peers must agree with the standard library and a reference
/// implementation, for text in one piece or in several.
enum TextTarget: FuzzTarget {
    static let name = "text"

    static let seeds =
        [
            "plain ASCII of more than thirty-two bytes, in one run", "κόσμε", "€ and € again", "𝄞🎈",
            "\u{0}\u{7F}\u{80}\u{7FF}",
            "\u{800}\u{FFFF}\u{10000}\u{10FFFF}", "mixed 1é2€3𝄞4 mixed 1é2€3𝄞4 mixed 1é2€3𝄞4",
        ].map { seed(3, 30, then: $0.utf8) }
        + ["e\u{301}\u{344}", "ｶﾞ", "\u{F40}\u{F73}", "🇩🇪🇫🇷"].map { seed(3, 30, then: $0.utf8) }
        + [0x301, 0x344, 0xFF9E, 0x1E944].map { value in
            seed(3, 30, then: String(String.UnicodeScalarView(repeatElement(scalar(value), count: 31))).utf8)
        }
        + ["c080", "eda080", "f4908080", "e0809f", "f08fbfbf", "c3"].map {
            seed(0, 0, then: hex($0))
        }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let lengths = choices.lengths()
        let text = choices.rest
        let valid = String(validating: text, as: UTF8.self)
        let expected = valid != nil
        // A copy in memory of exactly this size, so that AddressSanitizer detects reads past its end.
        eachPiece(of: text) { copy in
            let start = copy.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let verdict = text_check(start, copy.count)
            check(text_check_short(start, copy.count) == verdict, "the check for short text gives the same result")
            // The check stops at the first fault.
            if verdict != TEXT_RUN_TOO_LONG {
                check((verdict == TEXT_OK) == expected, "the check agrees with the standard library")
            }
            let repaired = String(decoding: text, as: UTF8.self)
            let hasShortRuns = PlainRuns(of: repaired.unicodeScalars).areShort
            check(text_has_short_runs(start, copy.count) == hasShortRuns, "runs are measured as in the repaired text")
            if let valid, verdict == TEXT_OK { PlainRuns.checkAdmitted(valid) }
            return false
        }
        check(isTextMessage(text) == expected, "a reader agrees with the standard library")
        check(isTextMessage(text, lengths: lengths) == expected, "pieces give the same result")
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
                        check(failure.code == .invalidPayload, "only the payload can be invalid")
                        return false
                    case .message(.binary, _), .ping, .pong, .close: fail("only text was sent")
                    }
                }
            }
        }
        return isText
    }
}
