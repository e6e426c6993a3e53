import CTape

/// A position in a parsed message: a pointer to the token of one value.
///
/// The pointer is unsafe. It is sound for three reasons. Only ``PacketParser`` creates a cursor, from a tape that it
/// has validated. A cursor moves only to tokens that are within the count of a container. No code keeps a cursor after
/// the parser's next message. Reading allocates memory only for a `String`, an array or a ``WireValue``.
@usableFromInline
package struct TapeCursor {
    let token: UnsafePointer<tape_token>

    package enum Kind: UInt8, Sendable {
        case null, no, yes, integer, unsigned, double, string, bytes, `extension`, array, map
    }

    /// The kind of the value.
    ///
    /// The raw values are those of tape.h and count from 0, so a kind has its raw value in memory. `Kind(rawValue:)`
    /// would cost a call per token.
    package var kind: Kind {
        assert(Kind(rawValue: token.pointee.kind).map { unsafeBitCast($0, to: UInt8.self) } == token.pointee.kind)
        return unsafeBitCast(token.pointee.kind, to: Kind.self)
    }

    /// A cursor at a null that is not on any tape.
    static var null: TapeCursor { TapeCursor(token: tape_null()) }

    /// The position after this value, which may be past the end of the tape.
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

    /// The value as an integer, also if it is a double with an integral value; nil if it does not fit.
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

    /// The value as a double. An integer of more than 53 bits is rounded.
    package var double: Double? {
        switch kind {
        case .double: Double(bitPattern: token.pointee.bits)
        case .integer: Double(Int64(bitPattern: token.pointee.bits))
        case .unsigned: Double(token.pointee.bits)
        case .null, .no, .yes, .string, .bytes, .extension, .array, .map: nil
        }
    }

    /// The UTF-8 bytes of a string, not copied.
    package var text: UnsafeRawBufferPointer? { kind == .string ? payload : nil }

    package var string: String? { text.map { String(decoding: $0, as: UTF8.self) } }

    /// The content of a bin, not copied.
    package var rawBytes: UnsafeRawBufferPointer? { kind == .bytes ? payload : nil }

    package var extensionType: Int8? { kind == .extension ? token.pointee.type : nil }

    /// The timestamp of an extension of type -1, if its length and its nanoseconds are valid.
    package var timestamp: Timestamp? {
        guard kind == .extension, token.pointee.type == Timestamp.extensionType else { return nil }
        return Timestamp(extension: payload)
    }

    /// The bytes of a string, a bin or an extension. For other kinds, `bits` is not an address.
    var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(token.pointee.bits)), count: Int(token.pointee.length))
    }

    /// Whether this is the string `literal`.
    func isText(_ literal: StaticString) -> Bool {
        token.pointee.kind == Kind.string.rawValue && holds(literal)
    }

    /// Whether this token equals `literal`. The token must be a string, as every key is.
    @inline(__always) func holds(_ literal: StaticString) -> Bool {
        tape_token_is(
            token, UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self), literal.utf8CodeUnitCount)
    }

    func holds(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return token.pointee.length == 0 }
        return tape_token_is(token, start.assumingMemoryBound(to: CChar.self), text.count)
    }
}
