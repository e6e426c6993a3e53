import Bytes
import Packets

/// What is published: its number, where a subscriber finds it without parsing, and filling.
enum Message {
    private static let mark = Array("seq=".utf8)
    private static let digits = 16
    static let smallest = mark.count + digits
    static let channel = "measured"

    /// The request that publishes one; `number` is written into a copy by ``write(_:into:at:)``.
    static func request(size: Int) -> [UInt8] {
        let text = "seq=0000000000000000" + String(repeating: "x", count: size - smallest)
        return call("say", [.string(channel), .string(text)])
    }

    static func call(_ method: String, _ arguments: [WireValue]) -> [UInt8] {
        var buffer = ByteBuffer()
        do {
            try PacketCodec.messagePack.writeRequest(callID: method, method: method, values: arguments, into: &buffer)
        } catch {
            preconditionFailure("\(method): \(error)")
        }
        return buffer.array
    }

    /// Where the digits of the number stand; the same in all messages of a channel.
    static func offset(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= smallest else { return nil }
        return (0...(bytes.count - smallest)).first { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
            .map { $0 + mark.count }
    }

    static func write(_ number: Int, into request: inout [UInt8], at offset: Int) {
        var rest = number
        for place in (offset..<offset + digits).reversed() {
            request[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    /// The number at a place; nil where none stands.
    static func number(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        guard offset + digits <= bytes.count else { return nil }
        var number = 0
        for place in offset..<offset + digits {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }
}
