import Bytes
import Packets

/// One message, read in all ways that there are, and written again.
struct Reading {
    private let message: UnsafeRawBufferPointer
    private let codec: PacketCodec

    init(of message: UnsafeRawBufferPointer, as codec: PacketCodec) {
        self.message = message
        self.codec = codec
    }

    /// Returns the value that the message is, or nil where it is none.
    func check() -> WireValue? {
        let parser = PacketParser()
        checkAttribution(parser)
        let size = try? parser.read(message, as: codec) { Size(of: $0) }
        let value = try? parser.read(message, as: codec) { $0.value() }
        guard let size, let value else {
            Fuzzing.check(size == nil && value == nil, "reading twice gives the same")
            return nil
        }
        checkLimits(size)
        checkSending(value)
        if let packet = try? parser.read(message, as: codec, { try IncomingPacket($0).packet() }) {
            for target in PacketCodec.allCases { packet.checkWriting(as: target) }
        }
        return value
    }

    /// What is found of a request without the parser is what the parser finds.
    private func checkAttribution(_ parser: PacketParser) {
        let limit = 256
        let found = RefusedRequest(message, as: codec, callIDLimit: limit)
        try? parser.read(message, as: codec) { root in
            guard case .request(let request) = try IncomingPacket(root).body else {
                return Fuzzing.check(found == nil, "no request is found in another packet")
            }
            guard let found else { fail("a request is found") }
            let callID = request.callID.flatMap { $0.count <= limit ? Array($0) : nil }
            Fuzzing.check(found.callID == callID, "the call_id is found: \(found)")
            Fuzzing.check(found.callIDCount == request.callID?.count ?? 0, "the call_id's length is found: \(found)")
            Fuzzing.check(request.method.count > 256 || found.method == Array(request.method), "the method is found")
            Fuzzing.check(found.isNotification == request.isNotification, "whether it is answered is found")
            Fuzzing.check(!found.hasLoneSurrogate, "what is parsed has no lone surrogate")
        }
    }

    /// A message passes the limits that it just reaches, and not those just below.
    private func checkLimits(_ size: Size) {
        func passes(_ depth: Int, _ elements: Int) -> Bool {
            let parser = PacketParser(limits: PacketLimits(maxDepth: depth, maxElements: elements))
            return (try? parser.read(message, as: codec) { _ in }) != nil
        }
        Fuzzing.check(size.depth <= 64 && size.elements <= 65_536, "the limits hold")
        Fuzzing.check(passes(size.depth, size.elements), "a message at its limits passes")
        Fuzzing.check(size.depth == 0 || !passes(size.depth - 1, size.elements), "a level too many is refused")
        Fuzzing.check(!passes(size.depth, size.elements - 1), "an element too many is refused")
    }

    /// Whatever can be sent, as an argument or as a result, can be read by the other side.
    private func checkSending(_ value: WireValue) {
        for target in PacketCodec.allCases {
            var buffer = ByteBuffer()
            if (try? target.writeRequest(callID: "1", method: "m", arguments: value, into: &buffer)) != nil {
                Fuzzing.check(buffer.packet(target) != nil, "a request that was written can be read: \(buffer.array)")
            }
            buffer.removeAll()
            let response = RPCResponse(callID: "1", data: value)
            if (try? target.write(Packet(source: .rpc, rpc: .response(response)), into: &buffer)) != nil {
                Fuzzing.check(buffer.packet(target) != nil, "a response that was written can be read: \(buffer.array)")
            }
        }
    }
}

/// How much of a parser's limits a message takes up.
private struct Size {
    /// Containers within containers.
    private(set) var depth = 0
    /// Values and keys.
    private(set) var elements = 1

    init(of cursor: TapeCursor) {
        var children: [TapeCursor] = []
        if let all = cursor.elements { children = Array(all) }
        if let all = cursor.entries { children = all.flatMap { [$0.key, $0.value] } }
        if let text = cursor.text {
            guard let text = String(validating: text, as: UTF8.self) else { fail("a string is UTF-8") }
            PlainRuns.checkAdmitted(text)
        }
        check(cursor.count * (cursor.entries == nil ? 1 : 2) == children.count, "a container says how much it holds")
        if cursor.elements != nil || cursor.entries != nil { depth = 1 }
        for child in children {
            let size = Size(of: child)
            depth = max(depth, 1 + size.depth)
            elements += size.elements
        }
    }
}

extension Packet {
    /// A packet that was read, written and read again is the same.
    fileprivate func checkWriting(as codec: PacketCodec) {
        var buffer = ByteBuffer()
        do {
            try codec.write(self, into: &buffer)
        } catch {
            return check(!isWritable(as: codec), "a packet that arrived can be written: \(self): \(error)")
        }
        guard let copy = buffer.packet(codec) else {
            fail("a packet that was written can be read: \(buffer.array)")
        }
        check(codec == .json || copy == self || hasNaN, "a packet comes back as it was: \(self) and \(copy)")
        check(copy.source == source && copy.channel == channel, "a packet comes back with its keys")

        // JSON has no bytes, dates and extensions: it gives back text, which then stays as it is.
        buffer.removeAll()
        guard (try? codec.write(copy, into: &buffer)) != nil else { fail("a packet can be written twice: \(copy)") }
        let second = buffer.packet(codec)
        check(second == copy || hasNaN, "a packet stays as it is: \(copy) and \([second])")
    }

    /// The values of the packet, each with the containers that are around it when it is written.
    private var values: [(WireValue, depth: Int)] {
        let own = data.map { [($0, depth: 2)] } ?? []
        switch rpc {
        case .request(let request): return own + (request.arguments + request.named.values).map { ($0, depth: 3) }
        case .response(let response): return own + [(response.data, depth: 2)]
        case nil: return own
        }
    }

    private var hasNaN: Bool { timestamp?.isNaN == true || values.contains { $0.0.hasNaN } }

    private func isWritable(as codec: PacketCodec) -> Bool {
        (codec == .messagePack || timestamp?.isFinite != false)
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
