import FoundationEssentials
import Packets

/// Fuzzes the values that JSON represents as strings: timestamps as ISO 8601, and bytes as base64.
enum ScalarTextTarget: FuzzTarget {
    static let name = "scalar-text"

    static let seeds = [
        "2024-05-06T07:08:09Z", "1969-12-31 23:59:59.999999999+23:59", "0000-02-29t00:00:00,5-0130",
        "+292277026596-12-04T15:30:07.999999999Z", "-292277022657-01-27T08:29:52Z", "", "AQ==", "AQI=", "AQID",
        "AQIDBA",
        "+/+/",
    ].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        if let text = String(validating: input, as: UTF8.self) {
            if let time = Timestamp(text) { checkText(of: time) }
            checkBase64(text)
        }
        let bytes = Array(input)
        check(WireValue.string(text(of: bytes)).asBytes == bytes, "bytes survive a round trip through base64")
        if bytes.count == 12 {
            let word = bytes.dropFirst(4).reduce(0) { $0 << 8 | UInt64($1) }
            let nanoseconds = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            checkText(of: Timestamp(seconds: Int64(bitPattern: word), nanoseconds: nanoseconds))
        }
    }

    private static func checkText(of time: Timestamp) {
        check(Timestamp(time.description) == time, "a timestamp survives a round trip through text: \(time)")
        check(
            WireValue.timestamp(time).asTimestamp == WireValue.string(time.description).asTimestamp,
            "a string value has the same time"
        )
        _ = Timestamp(Date(time))
    }

    private static func checkBase64(_ text: String) {
        guard let bytes = WireValue.string(text).asBytes else { return }
        let padded = text + (text.utf8.count % 4 == 0 ? "" : String(repeating: "=", count: 4 - text.utf8.count % 4))
        check(self.text(of: bytes) == padded, "decoded base64 encodes to the same text: \(text)")
        check(Data(base64Encoded: padded).map(Array.init) == bytes, "Foundation decodes the same bytes: \(text)")
    }

    /// Returns the base64 text of bytes in JSON.
    private static func text(of bytes: [UInt8]) -> String {
        guard let quoted = try? WireValue.bytes(bytes).json() else { return "" }
        return String(quoted.dropFirst().dropLast())
    }
}
