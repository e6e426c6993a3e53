import Webshocket

/// Messages with text that exceeds the limits. They are made of bytes, because a `String` would be slow here too.
struct HostileMessage {
    let codec: PacketCodec

    /// An `a` with marks above, followed by marks below. Normalization must sort the latter first: the slowest order.
    static func text(_ size: Int) -> [UInt8] {
        let count = size / 4
        return [0x61] + (0..<count).flatMap { _ in [0xCC, 0x81] as [UInt8] }
            + (0..<count).flatMap { _ in [0xCC, 0x96] as [UInt8] }
    }

    /// Text in which only the last run exceeds the limits, so that all of it is read before it is refused.
    static func lateText(_ size: Int) -> [UInt8] {
        let unit = [0x61] + Array(repeating: [0xCC, 0x81] as [UInt8], count: 30).joined()
        return Array(Array(repeating: unit, count: size / unit.count).joined()) + [0xCC, 0x96]
    }

    func string(_ bytes: [UInt8]) -> [UInt8] {
        switch codec {
        case .json: return Array("\"".utf8) + bytes + Array("\"".utf8)
        case .messagePack:
            let count = bytes.count
            guard count >= 32 else { return [0xA0 | UInt8(count)] + bytes }
            return [0xDB] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) } + bytes
        }
    }

    func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    /// An array of one element.
    func array(_ element: [UInt8]) -> [UInt8] {
        switch codec {
        case .json: [0x5B] + element + [0x5D]
        case .messagePack: [0x91] + element
        }
    }

    func map(_ pairs: ([UInt8], [UInt8])...) -> [UInt8] { map(pairs) }

    private func map(_ pairs: [([UInt8], [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = codec == .json ? [] : [0x80 | UInt8(pairs.count)]
        for (key, value) in pairs {
            if codec == .json { bytes.append(bytes.isEmpty ? 0x7B : 0x2C) }
            bytes += key
            if codec == .json { bytes.append(0x3A) }
            bytes += value
        }
        return codec == .json ? bytes + [0x7D] : bytes
    }

    /// A small number.
    func number(_ value: UInt8) -> [UInt8] { codec == .json ? Array("\(value)".utf8) : [value] }

    /// A packet with an event.
    func packet(data: [UInt8], event: String = "said") -> [UInt8] {
        map((string("source"), number(4)), (string("data"), data), (string("event"), string(event)))
    }

    func call(_ method: String, _ argument: [UInt8]) -> [UInt8] {
        rpc(
            (string("type"), string("request")), (string("method"), string(method)),
            (string("args"), array(argument)), (string("call_id"), string("id")))
    }

    func response(to callID: [UInt8], _ result: [UInt8]) -> [UInt8] {
        rpc((string("type"), string("response")), (string("call_id"), string(callID)), (string("response"), result))
    }

    private func rpc(_ pairs: ([UInt8], [UInt8])...) -> [UInt8] {
        map((string("source"), number(5)), (string("rpc"), map(pairs)))
    }

    /// Returns the ID of a call in a request of our client.
    func callID(of request: [UInt8]) -> [UInt8] {
        guard let key = request.firstRange(of: string("call_id")) else { return [] }
        let rest = request[key.upperBound...]
        switch codec {
        case .json: return Array(rest.dropFirst(2).prefix { $0 != 0x22 })
        case .messagePack: return Array(rest.dropFirst().prefix(Int((rest.first ?? 0) & 0x1F)))
        }
    }
}
