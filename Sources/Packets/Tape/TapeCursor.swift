import CTape

/// Stands on one value of a parsed message: a pointer to its token, nothing more.
///
/// The pointer is unsafe, and sound by three facts: only ``PacketParser`` makes a cursor, from a tape that it has
/// checked; a cursor moves only to tokens that a container's count vouches for; and nobody keeps one beyond the
/// parser's next message. Reading costs no allocation until a `String`, an array or a ``Value`` is asked for.
@usableFromInline
package struct TapeCursor {
    let token: UnsafePointer<tape_token>

    package enum Kind: UInt8, Sendable {
        case null, no, yes, integer, unsigned, double, string, bytes, `extension`, array, map
    }

    /// The raw values are those of tape.h and count from 0, so that a kind is its own raw value in memory; the
    /// initialiser that finds out whether there is such a case would cost a call per token.
    package var kind: Kind {
        assert(Kind(rawValue: token.pointee.kind).map { unsafeBitCast($0, to: UInt8.self) } == token.pointee.kind)
        return unsafeBitCast(token.pointee.kind, to: Kind.self)
    }

    /// Null, for a value that is not on any tape.
    static var null: TapeCursor { TapeCursor(token: tape_null()) }

    /// The value after this one, which need not exist.
    var next: TapeCursor {
        let kind = token.pointee.kind
        let isContainer = kind >= Kind.array.rawValue
        return TapeCursor(token: token + (isContainer ? Int(truncatingIfNeeded: token.pointee.bits) : 1))
    }
}

// MARK: - Scalars

extension TapeCursor {
    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        switch kind {
        case .yes: true
        case .no: false
        case .null, .integer, .unsigned, .double, .string, .bytes, .extension, .array, .map: nil
        }
    }

    /// An integer, also from a double that is exactly integral, if it fits.
    package func integer<I: FixedWidthInteger>(as type: I.Type = I.self) -> I? {
        switch kind {
        case .integer: I(exactly: Int64(bitPattern: token.pointee.bits))
        case .unsigned: I(exactly: token.pointee.bits)
        case .double: I(exactly: Double(bitPattern: token.pointee.bits))
        case .null, .no, .yes, .string, .bytes, .extension, .array, .map: nil
        }
    }

    package var int64: Int64? { integer() }
    package var uint64: UInt64? { integer() }

    /// A double, also from an integer, rounded where it is wider than 53 bits.
    package var double: Double? {
        switch kind {
        case .double: Double(bitPattern: token.pointee.bits)
        case .integer: Double(Int64(bitPattern: token.pointee.bits))
        case .unsigned: Double(token.pointee.bits)
        case .null, .no, .yes, .string, .bytes, .extension, .array, .map: nil
        }
    }

    /// The UTF-8 of a string, not copied.
    package var text: UnsafeRawBufferPointer? { kind == .string ? payload : nil }

    package var string: String? { text.map { String(decoding: $0, as: UTF8.self) } }

    /// The content of a bin, not copied.
    package var rawBytes: UnsafeRawBufferPointer? { kind == .bytes ? payload : nil }

    package var extensionType: Int8? { kind == .extension ? token.pointee.type : nil }

    /// The timestamp of an extension of type -1, if its length and its nanoseconds are what the format allows.
    package var timestamp: Timestamp? {
        guard kind == .extension, token.pointee.type == Timestamp.extensionType else { return nil }
        return Timestamp(extension: payload)
    }

    /// The bytes of a string, a bin or an extension: only for these is `bits` an address.
    var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(token.pointee.bits)), count: Int(token.pointee.length))
    }

    /// Whether this is the string `literal`.
    func isText(_ literal: StaticString) -> Bool {
        token.pointee.kind == Kind.string.rawValue && holds(literal)
    }

    /// Whether a string token, as every key is, holds `literal`.
    @inline(__always) func holds(_ literal: StaticString) -> Bool {
        tape_token_is(
            token, UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self), literal.utf8CodeUnitCount)
    }

    func holds(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return token.pointee.length == 0 }
        return tape_token_is(token, start.assumingMemoryBound(to: CChar.self), text.count)
    }
}
