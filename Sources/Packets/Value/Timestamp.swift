/// A point in time with nanosecond precision. It is sent as a MessagePack timestamp or, in JSON, as an ISO 8601 string.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// The whole seconds since 1970 in UTC, rounded down; negative before 1970.
    public let seconds: Int64
    /// The nanoseconds to add to the seconds, from 0 to 999,999,999.
    public let nanoseconds: UInt32

    /// Creates a timestamp.
    /// - Parameters:
    ///   - seconds: The whole seconds since 1970 in UTC.
    ///   - nanoseconds: The nanoseconds to add. Whole seconds in them are carried over. If the sum of seconds exceeds
    ///     `Int64`, it is clamped to `Int64.max`.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        let (carried, overflow) = seconds.addingReportingOverflow(Int64(nanoseconds / 1_000_000_000))
        self.seconds = overflow ? .max : carried
        self.nanoseconds = nanoseconds % 1_000_000_000
    }

    /// Whether the first point in time is earlier than the second.
    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
        (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds)
    }
}

// MARK: - MessagePack

extension Timestamp {
    static let extensionType: Int8 = -1

    /// Reads one of the three MessagePack forms: 4 bytes of seconds; 30 bits of nanoseconds and 34 bits of seconds; or
    /// 4 bytes of nanoseconds and 8 bytes of seconds.
    init?(extension bytes: UnsafeRawBufferPointer) {
        func load<I: FixedWidthInteger>(at offset: Int, as type: I.Type) -> I {
            I(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: I.self))
        }
        switch bytes.count {
        case 4:
            seconds = Int64(load(at: 0, as: UInt32.self))
            nanoseconds = 0
        case 8:
            let word = load(at: 0, as: UInt64.self)
            seconds = Int64(word & 0x3_ffff_ffff)
            nanoseconds = UInt32(word >> 34)
        case 12:
            nanoseconds = load(at: 0, as: UInt32.self)
            seconds = load(at: 4, as: Int64.self)
        default:
            return nil
        }
        guard nanoseconds < 1_000_000_000 else { return nil }
    }
}

// MARK: - Codable

extension Timestamp: Codable {
    /// Decodes a timestamp from a packet, or from ISO 8601 text with any other decoder.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? TapeDecoder {
            self = try decoder.read(Timestamp.self)
            return
        }
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "Not an ISO 8601 time: '\(text)'.")
        }
        self = timestamp
    }

    /// Encodes a timestamp to a packet, or as ISO 8601 text with any other encoder.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? NodeEncoder { return try encoder.encode(self) }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
