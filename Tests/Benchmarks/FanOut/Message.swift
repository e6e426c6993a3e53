import Bytes
import Packets

/// The published messages: a number, which subscribers find without parsing, and padding.
enum Message {
    private static let mark = Array("seq=".utf8)
    private static let digits = 16
    static let smallest = mark.count + digits
    static let channel = "measured"

    /// Returns the request that publishes a message. ``write(_:into:at:)`` sets the number.
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

    /// Returns the offset of the number, which is equal in all messages of a channel, or nil if there is none.
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

    /// Returns the number at an offset, or nil if there is none.
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
