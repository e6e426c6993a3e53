import Bytes
import Packets

/// Reads a message in several ways, writes it again, and checks that the results agree.
struct Reading {
    private let message: UnsafeRawBufferPointer
    private let codec: PacketCodec

    init(of message: UnsafeRawBufferPointer, as codec: PacketCodec) {
        self.message = message
        self.codec = codec
    }

    /// Runs all checks. Returns the value of the message, or nil if the message is invalid.
    func check() -> WireValue? {
        let parser = PacketParser()
        checkAttribution(parser)
        let size = try? parser.read(message, as: codec) { Size(of: $0) }
        let value = try? parser.read(message, as: codec) { $0.value() }
        guard let size, let value else {
            Fuzzing.check(size == nil && value == nil, "reading twice gives the same result")
            return nil
        }
        checkLimits(size)
        checkSending(value)
        if let packet = try? parser.read(message, as: codec, { try IncomingPacket($0).packet() }) {
            for target in PacketCodec.allCases { packet.checkWriting(as: target) }
        }
        return value
    }

    /// Checks that `RefusedRequest`, which scans a message without the parser, agrees with the parser.
    private func checkAttribution(_ parser: PacketParser) {
        let limit = 256
        let found = RefusedRequest(message, as: codec, callIDLimit: limit)
        try? parser.read(message, as: codec) { root in
            guard case .request(let request) = try IncomingPacket(root).body else {
                return Fuzzing.check(found == nil, "only a request packet gives a request")
            }
            guard let found else { fail("the request is found") }
            let callID = request.callID.flatMap { $0.count <= limit ? Array($0) : nil }
            Fuzzing.check(found.callID == callID, "the call_id is found: \(found)")
            Fuzzing.check(found.callIDCount == request.callID?.count ?? 0, "the call_id's length is found: \(found)")
            Fuzzing.check(request.method.count > 256 || found.method == Array(request.method), "the method is found")
            Fuzzing.check(found.isNotification == request.isNotification, "a notification is detected")
            Fuzzing.check(!found.hasLoneSurrogate, "a parsed message has no lone surrogates")
        }
    }

    /// Checks that a message passes limits equal to its size, and fails limits that are lower by one.
    private func checkLimits(_ size: Size) {
        func passes(_ depth: Int, _ elements: Int) -> Bool {
            let parser = PacketParser(limits: PacketLimits(maxDepth: depth, maxElements: elements))
            return (try? parser.read(message, as: codec) { _ in }) != nil
        }
        Fuzzing.check(size.depth <= 64 && size.elements <= 65_536, "the limits hold")
        Fuzzing.check(passes(size.depth, size.elements), "a message at its limits passes")
        Fuzzing.check(size.depth == 0 || !passes(size.depth - 1, size.elements), "the depth limit is enforced")
        Fuzzing.check(!passes(size.depth, size.elements - 1), "the element limit is enforced")
    }

    /// Checks that a value that can be written as an argument or as a result can be read by the peer.
    private func checkSending(_ value: WireValue) {
        for target in PacketCodec.allCases {
            var buffer = ByteBuffer()
            if (try? target.writeRequest(callID: "1", method: "m", arguments: value, into: &buffer)) != nil {
                Fuzzing.check(buffer.packet(target) != nil, "a written request can be read: \(buffer.array)")
            }
            buffer.removeAll()
            let response = RPCResponse(callID: "1", data: value)
            if (try? target.write(Packet(source: .rpc, rpc: .response(response)), into: &buffer)) != nil {
                Fuzzing.check(buffer.packet(target) != nil, "a written response can be read: \(buffer.array)")
            }
        }
    }
}

/// The size of a message in the units of the parser's limits.
private struct Size {
    /// The maximum depth of nested containers.
    private(set) var depth = 0
    /// The number of values and keys.
    private(set) var elements = 1

    init(of cursor: TapeCursor) {
        var children: [TapeCursor] = []
        if let all = cursor.elements { children = Array(all) }
        if let all = cursor.entries { children = all.flatMap { [$0.key, $0.value] } }
        if let text = cursor.text {
            guard let text = String(validating: text, as: UTF8.self) else { fail("a string is UTF-8") }
            PlainRuns.checkAdmitted(text)
        }
        check(cursor.count * (cursor.entries == nil ? 1 : 2) == children.count, "the count of a container is correct")
        if cursor.elements != nil || cursor.entries != nil { depth = 1 }
        for child in children {
            let size = Size(of: child)
            depth = max(depth, 1 + size.depth)
            elements += size.elements
        }
    }
}

extension Packet {
    /// Checks that a packet is unchanged after it is written and read again.
    fileprivate func checkWriting(as codec: PacketCodec) {
        var buffer = ByteBuffer()
        do {
            try codec.write(self, into: &buffer)
        } catch {
            return check(!isWritable(as: codec), "a packet within the limits can be written: \(self): \(error)")
        }
        guard let copy = buffer.packet(codec) else {
            fail("a written packet can be read: \(buffer.array)")
        }
        check(codec == .json || copy == self || hasNaN, "a packet survives a round trip: \(self) and \(copy)")
        check(copy.source == source && copy.channel == channel, "the source and channel survive a round trip")

        // JSON represents bytes, dates and extensions as text or maps. A second round trip must not change them.
        buffer.removeAll()
        guard (try? codec.write(copy, into: &buffer)) != nil else { fail("a decoded packet can be written: \(copy)") }
        let second = buffer.packet(codec)
        check(second == copy || hasNaN, "a packet survives a second round trip: \(copy) and \([second])")
    }

    /// The values of the packet, each with the number of containers around it in the encoded packet.
    private var values: [(WireValue, depth: Int)] {
        let own = data.map { [($0, depth: 2)] } ?? []
        switch rpc {
        case .request(let request): return own + (request.arguments + request.named.values).map { ($0, depth: 3) }
        case .response(let response): return own + [(response.data, depth: 2)]
        case nil: return own
        }
    }

    private var hasNaN: Bool { sentAt?.isNaN == true || values.contains { $0.0.hasNaN } }

    private func isWritable(as codec: PacketCodec) -> Bool {
        (codec == .messagePack || sentAt?.isFinite != false)
            && values.allSatisfy { $0.depth + $0.0.depth(in: codec) <= 64 && (codec == .messagePack || $0.0.isFinite) }
    }
}

extension ByteBuffer {
    fileprivate func packet(_ codec: PacketCodec) -> Packet? {
        withBytes { bytes in
            try? PacketParser().read(bytes, as: codec) { try IncomingPacket($0).packet() }
        }
    }
}
