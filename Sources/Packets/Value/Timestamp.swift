/// A point in time to the nanosecond: a timestamp of MessagePack, an ISO 8601 string in JSON.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970 in UTC, rounded down; negative before.
    public let seconds: Int64
    /// What comes on top of the seconds; below 1,000,000,000.
    public let nanoseconds: UInt32

    /// - Parameters:
    ///   - seconds: Whole seconds since 1970 in UTC.
    ///   - nanoseconds: What comes on top. Whole seconds in it are carried over, and the sum stops at the last
    ///     second that 64 bits can name.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        let (carried, overflow) = seconds.addingReportingOverflow(Int64(nanoseconds / 1_000_000_000))
        self.seconds = overflow ? .max : carried
        self.nanoseconds = nanoseconds % 1_000_000_000
    }

    /// Whether the first point in time comes before the second.
    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
        (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds)
    }
}

// MARK: - MessagePack

extension Timestamp {
    static let extensionType: Int8 = -1

    /// The three forms of the format: 4 bytes of seconds, 30 bits of nanoseconds and 34 of seconds, or 4 and 8 bytes.
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
    /// Reads ISO 8601 text, as any coder can hold it; packets carry timestamps of their own.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? TapeDecoder {
            self = try decoder.read(Timestamp.self)
            return
        }
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no ISO 8601 time.")
        }
        self = timestamp
    }

    /// Writes ISO 8601 text, or a timestamp of a packet.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? NodeEncoder { return try encoder.encode(self) }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
