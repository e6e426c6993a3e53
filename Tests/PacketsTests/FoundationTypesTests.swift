import Foundation
import Packets
import Testing

private struct Invoice: Codable, Equatable {
    var link: URL
    var total: Decimal
    var links: [URL]
    var rates: [String: Decimal]
    var discount: Decimal?
    var page: URL?
}

/// A value of any type, as an application that sends `[String: any Encodable]` defines it.
private struct AnyValue: Encodable {
    let value: any Encodable

    func encode(to encoder: any Encoder) throws {
        try value.encodeAsSingleValue(to: encoder)
    }
}

extension Encodable {
    fileprivate func encodeAsSingleValue(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self)
    }
}

private enum Payment: Codable, Equatable {
    case card(until: Date)
    case transfer(URL, amount: Decimal)
}

@Suite("A type with its own wire form")
struct FoundationTypesTests {
    private let page = URL(string: "https://example.org/a?b=c%20d#e")!

    @Test("that is a URL is sent as text", arguments: PacketCodec.allCases)
    func urls(codec: PacketCodec) throws {
        #expect(try WireValue(encoding: page) == .string(page.absoluteString))
        #expect(try sent(page, through: codec) == page)
        let relative = try #require(URL(string: "b/c", relativeTo: URL(string: "https://example.org/a/")))
        #expect(try WireValue(encoding: [relative]) == ["https://example.org/a/b/c"])
        #expect(try WireValue.string("https://example.org/é").decode(as: URL.self).host() == "example.org")
        for value: WireValue in ["", 1, ["relative": "https://example.org"]] {
            #expect(throws: WireDecodingError.self) { try value.decode(as: URL.self) }
        }
        #expect(WireDecoding<URL>.resolve().expected == "a URL")
    }

    @Test(
        "that is a decimal number is sent as text with all its digits",
        arguments: [
            "0", "-0.1", "12.5", "1234567890.1234567890123456789", "-99999999999999999999999999999999999999",
            "0.00000000000000000000000000000000001", "100000000000000000000000000000000000000000000000000",
        ])
    func decimals(text: String) throws {
        let decimal = try #require(Decimal(string: text))
        #expect(try WireValue(encoding: decimal) == .string(text))
        for codec in PacketCodec.allCases { #expect(try sent(decimal, through: codec) == decimal) }
    }

    @Test("that is a decimal number is also read from numbers, as their shortest decimal form")
    func numbersAsDecimals() throws {
        let cases: [(WireValue, String)] = [
            (3, "3"), (-7, "-7"), (.uint(.max), "18446744073709551615"), (0.1, "0.1"), (-1.5, "-1.5"), (1e21, "1e21"),
            ("1e3", "1000"), ("+2.50", "2.5"), ("1E-2", "0.01"),
        ]
        for (value, text) in cases { #expect(try value.decode(as: Decimal.self) == Decimal(string: text)) }
    }

    @Test(
        "that is a decimal number is not read from other values",
        arguments: ["", "1x", "1.", ".5", "1e", "nan", "NaN", "inf", " 1", "1 ", "1,5", "0x1", "1e999", "--1"])
    func noDecimals(text: String) {
        #expect(throws: WireDecodingError.self) { try WireValue.string(text).decode(as: Decimal.self) }
        #expect(throws: WireDecodingError.self) { try WireValue.bool(true).decode(as: Decimal.self) }
        #expect(throws: WireDecodingError.self) { try WireValue.double(.nan).decode(as: Decimal.self) }
    }

    @Test("that is a decimal NaN cannot be sent", arguments: PacketCodec.allCases)
    func notANumber(codec: PacketCodec) {
        #expect(throws: EncodingError.self) { try sent(Decimal.nan, through: codec) }
        let error = #expect(throws: EncodingError.self) { try sent(["a": [Decimal.nan]], through: codec) }
        #expect(error?.path == ["a", "0"])
    }

    @Test("keeps its form inside other types", arguments: PacketCodec.allCases)
    func members(codec: PacketCodec) throws {
        let invoice = Invoice(
            link: page, total: Decimal(string: "19.99")!, links: [page], rates: ["vat": Decimal(string: "0.19")!],
            discount: Decimal(string: "0.05"), page: nil)
        #expect(try sent(invoice, through: codec) == invoice)
        let text = WireValue.string(page.absoluteString)
        #expect(
            try WireValue(encoding: invoice) == [
                "link": text, "total": "19.99", "links": [text], "rates": ["vat": "0.19"], "discount": "0.05",
            ])
        let payments: [Payment] = [.card(until: Date(timeIntervalSince1970: 0.5)), .transfer(page, amount: 5)]
        #expect(try sent(payments, through: codec) == payments)
        #expect(
            try WireValue(encoding: payments) == [
                ["card": ["until": .timestamp(Timestamp(seconds: 0, nanoseconds: 500_000_000))]],
                ["transfer": ["_0": text, "amount": "5"]],
            ])
    }

    @Test("keeps its form in a value of any type")
    func anyValues() throws {
        let id = UUID()
        let values: [String: any Encodable] = [
            "url": page, "decimal": Decimal(string: "0.1")!, "date": Date(timeIntervalSince1970: 0), "data": Data([1]),
            "id": id, "list": [page], "optional": URL?.none,
        ]
        #expect(
            try WireValue(encoding: values.mapValues(AnyValue.init)) == [
                "url": .string(page.absoluteString), "decimal": "0.1", "date": .timestamp(Timestamp(seconds: 0)),
                "data": .bytes([1]), "id": .string(id.uuidString), "list": [.string(page.absoluteString)],
                "optional": nil,
            ])
    }

    @Test("is distinguished from a type that is sent in its Codable form", arguments: PacketCodec.allCases)
    func codableForms(codec: PacketCodec) throws {
        func check<T: Codable & Sendable & Equatable>(_ value: T) throws {
            #expect(try sent(value, through: codec) == value)
        }
        try check(UUID())
        try check(DateComponents(year: 2024, month: 2, day: 29))
        try check(DateInterval(start: Date(timeIntervalSince1970: 1.25), duration: 60))
        try check(Measurement(value: 1.5, unit: UnitLength.meters))
        try check(Duration.seconds(5) + .nanoseconds(1))
        try check(1..<5)
        try check(0.5...0.75)
        try check(Set([Decimal(1), Decimal(2)]))
        try check([1: "one", -2: "minus two"])
        try check([UUID(): 1])
        try check([page: page])
        try check(CGFloat(0.1))
        try check(Float16(0.1))
        try check(UInt64.max)
        try check(["\"\\\u{0}\n/é": 1])
    }

    @Test("of 128 bits is sent as an integer, or as text beyond 64 bits", arguments: PacketCodec.allCases)
    func wideIntegers(codec: PacketCodec) throws {
        struct Wide: Codable, Equatable {
            var signed: [Int128]
            var unsigned: UInt128
            var one: Int128 = 1
            var none: Int128?
        }
        let wide = Wide(signed: [.min, -1, .max, 1 << 64], unsigned: .max)
        #expect(try sent(Set([UInt128.max]), through: codec) == [.max])
        #expect(try sent([Int128.min: UInt128.max], through: codec) == [.min: .max])
        #expect(try sent(wide, through: codec) == wide)
        #expect(try sent(Int128.min, through: codec) == .min)
        #expect(
            try WireValue(encoding: wide) == [
                "signed": [
                    "-170141183460469231731687303715884105728", -1, "170141183460469231731687303715884105727",
                    "18446744073709551616",
                ], "unsigned": "340282366920938463463374607431768211455", "one": 1,
            ])
        #expect(try WireValue(encoding: UInt128(UInt64.max)) == .uint(.max))
        for value: WireValue in [-1, "-1", "1.0", 1e30, 0.5, true] {
            #expect(throws: WireDecodingError.self) { try value.decode(as: UInt128.self) }
        }
    }

    @Test("that wraps a value or a timestamp keeps it unchanged", arguments: PacketCodec.allCases)
    func values(codec: PacketCodec) throws {
        struct Box: Codable, Equatable {
            var value: WireValue
            init(_ value: WireValue) { self.value = value }
            init(from decoder: any Decoder) throws { value = try WireValue(from: decoder) }
            func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
        }
        struct Moment: Codable, Equatable {
            var time: Timestamp
            init(_ time: Timestamp) { self.time = time }
            init(from decoder: any Decoder) throws { time = try Timestamp(from: decoder) }
            func encode(to encoder: any Encoder) throws { try time.encode(to: encoder) }
        }
        let value: WireValue = [
            "a": [.bytes([1, 2]), .ext(type: 5, bytes: [9]), .timestamp(Timestamp(seconds: 1)), .uint(.max)]
        ]
        #expect(try WireValue(encoding: Box(value)) == value)
        if codec == .messagePack { #expect(try sent([Box(value)], through: codec) == [Box(value)]) }
        let moment = Moment(Timestamp(seconds: 1, nanoseconds: 5))
        #expect(try sent([moment], through: codec) == [moment])
        #expect(try WireValue(encoding: [moment]) == [.timestamp(moment.time)])
    }
}
