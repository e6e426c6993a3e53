import Bytes
import Foundation
import Packets
import Testing

@Suite("Typed reading")
struct WireDecodingTests {
    private func read<T: Codable & Sendable>(_ type: T.Type, _ message: WireValue, _ codec: PacketCodec) throws -> T {
        let bytes = try written { try codec.write(message, into: &$0) }
        return try parse(bytes, as: codec) { try WireDecoding<T>.resolve().read($0) }
    }

    private func edges<I: FixedWidthInteger & Codable & Sendable>(_ type: I.Type, _ codec: PacketCodec) throws {
        for edge in [I.min, I.max] {
            #expect(try sent(edge, through: codec) == edge)
        }
        if let below = Int64(exactly: I.min).map({ $0.subtractingReportingOverflow(1) }), !below.overflow {
            #expect(throws: WireDecodingError.self) { try read(I.self, .int(below.partialValue), codec) }
        }
        if let above = UInt64(exactly: I.max).map({ $0.addingReportingOverflow(1) }), !above.overflow {
            let value = try #require(WireValue(exactly: above.partialValue))
            #expect(throws: WireDecodingError.self) { try read(I.self, value, codec) }
        }
    }

    @Test("of integers accepts exactly the range of the type", arguments: PacketCodec.allCases)
    func widths(codec: PacketCodec) throws {
        try edges(Int8.self, codec)
        try edges(Int16.self, codec)
        try edges(Int32.self, codec)
        try edges(Int64.self, codec)
        try edges(Int.self, codec)
        try edges(UInt8.self, codec)
        try edges(UInt16.self, codec)
        try edges(UInt32.self, codec)
        try edges(UInt64.self, codec)
        try edges(UInt.self, codec)
    }

    @Test("of an integer accepts an integral double, but no other double", arguments: PacketCodec.allCases)
    func integralDoubles(codec: PacketCodec) throws {
        #expect(try read(Int.self, 30.0, codec) == 30)
        #expect(try read(UInt64.self, .double(0x1p63), codec) == 1 << 63)
        for number in [0.5, 1e19, -1e19, 0x1p63, 1e300] {
            #expect(throws: WireDecodingError.self) { try read(Int.self, .double(number), codec) }
        }
        if codec == .messagePack {
            for number in [Double.nan, .infinity] {
                #expect(throws: WireDecodingError.self) { try read(Int.self, .double(number), codec) }
            }
        }
    }

    @Test("of a double accepts any number", arguments: PacketCodec.allCases)
    func doubles(codec: PacketCodec) throws {
        #expect(try read(Double.self, 3, codec) == 3)
        #expect(try read(Double.self, .uint(.max), codec) == 0x1p64)
        #expect(try read(Float.self, 1.5, codec) == 1.5)
        #expect(throws: WireDecodingError.self) { try read(Float.self, 1e300, codec) }
    }

    @Test("reports the expected type, the received type and the path", arguments: PacketCodec.allCases)
    func errors(codec: PacketCodec) {
        #expect(throws: WireDecodingError(expected: "an integer", found: "a string")) {
            try read(Int.self, "a", codec)
        }
        #expect(throws: WireDecodingError(expected: "an integer from 0 to 255", found: "256")) {
            try read(UInt8.self, 256, codec)
        }
        #expect(throws: WireDecodingError(expected: "a string", found: "null", path: ["k", "1"])) {
            try read([String: [String]].self, ["k": ["a", nil]], codec)
        }
        #expect(throws: WireDecodingError(expected: "an integer", found: "a boolean", path: ["players", "0", "age"])) {
            try read(Team.self, ["players": [["age": true]]], codec)
        }
        #expect(throws: WireDecodingError(expected: "a value", found: "nothing", path: ["players", "0", "age"])) {
            try read(Team.self, ["players": [[:]]], codec)
        }
        #expect(throws: WireDecodingError(expected: "a map", found: "an array")) { try read(Team.self, [], codec) }
    }

    struct Team: Codable {
        struct Player: Codable { let age: Int }
        let players: [Player]
    }

    @Test("has a name for the type in error messages")
    func names() {
        #expect(WireDecoding<Int>.resolve().expected == "an integer")
        #expect(WireDecoding<UInt8>.resolve().expected == "an integer from 0 to 255")
        #expect(WireDecoding<[UInt8]>.resolve().expected == "bytes")
        #expect(WireDecoding<String?>.resolve().expected == "a string or null")
        #expect(WireDecoding<Date>.resolve().expected == "a timestamp")
        #expect(WireDecoding<Team>.resolve().expected == "a value of the type Team")
    }

    @Test("returns the value that was sent", arguments: PacketCodec.allCases)
    func roundTrips(codec: PacketCodec) throws {
        #expect(try sent([1, 2, 3], through: codec) == [1, 2, 3])
        #expect(try sent([1, nil, 3], through: codec) == [1, nil, 3])
        #expect(try sent(["a": [1.5]], through: codec) == ["a": [1.5]])
        #expect(try sent(Optional<String>.none, through: codec) == nil)
        #expect(try sent([[UInt8]]([[1, 2], []]), through: codec) == [[1, 2], []])
        #expect(try sent(Data([1, 2, 255]), through: codec) == Data([1, 2, 255]))
        let date = Date(timeIntervalSinceReferenceDate: 786_000_000.123456)
        #expect(try sent(date, through: codec) == date)
        #expect(try sent([date: date], through: codec) == [date: date])
        let value: WireValue = [nil, true, 1, .uint(.max), 1.5, "s", [:]]
        #expect(try sent(value, through: codec) == value)
        #expect(try sent(Float(0.1), through: codec) == 0.1)
    }

    @Test("of bytes accepts a bin, base64, or an array of integers")
    func bytes() throws {
        #expect(try read([UInt8].self, .bytes([1, 2]), .messagePack) == [1, 2])
        for codec in PacketCodec.allCases {
            #expect(try read([UInt8].self, "AQI=", codec) == [1, 2])
            #expect(try read([UInt8].self, [1, 2], codec) == [1, 2])
            #expect(try read(Data.self, [1, 2], codec) == Data([1, 2]))
            #expect(throws: WireDecodingError.self) { try read([UInt8].self, "*", codec) }
            #expect(throws: WireDecodingError.self) { try read([UInt8].self, [1, 256], codec) }
        }
    }
}
