#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

/// A decimal number is sent as text, because neither codec has a decimal type and JSON readers round numbers to 53
/// bits.
extension Decimal: DirectWireValue {
    static var wireName: String { "a decimal number" }

    /// Reads text, an integer, or a floating-point number. The last becomes the shortest decimal number that identifies
    /// it.
    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Decimal {
        switch cursor.kind {
        case .string:
            guard let text = cursor.string, let decimal = Decimal(wireText: text) else {
                throw WireDecodingError(expected: wireName, found: "a string that is not a decimal number")
            }
            return decimal
        case .integer, .unsigned, .double:
            let text = cursor.value().description
            guard let decimal = Decimal(wireText: text) else {
                throw WireDecodingError(expected: wireName, found: text)
            }
            return decimal
        case .null, .no, .yes, .bytes, .extension, .array, .map:
            throw cursor.mismatch(wireName)
        }
    }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { true }
    func checkSendable(as codec: PacketCodec) throws { _ = try wireText }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        codec.writeString(try wireText, into: &buffer)
    }

    func wireValue() throws -> WireValue { .string(try wireText) }

    private var wireText: String {
        get throws {
            guard isFinite else { throw EncodingError.unsendable(description, "A decimal number must be finite.") }
            return description
        }
    }

    /// Parses the whole text or fails. `Decimal(string:)` alone ignores everything after the first character that it
    /// cannot parse.
    private init?(wireText text: String) {
        guard text.isDecimalNumber, let decimal = Decimal(string: text), decimal.isFinite else { return nil }
        self = decimal
    }
}

extension String {
    /// Whether this is a decimal number: an optional sign and digits, with an optional fraction and exponent.
    fileprivate var isDecimalNumber: Bool {
        var rest = utf8[...]
        func takeDigits() -> Bool {
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            rest = rest.dropFirst(digits.count)
            return !digits.isEmpty
        }
        func take(_ characters: Unicode.Scalar...) -> Bool {
            guard let first = rest.first, characters.contains(Unicode.Scalar(first)) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("-", "+")
        guard takeDigits() else { return false }
        if take("."), !takeDigits() { return false }
        if take("e", "E") {
            _ = take("-", "+")
            guard takeDigits() else { return false }
        }
        return rest.isEmpty
    }
}
