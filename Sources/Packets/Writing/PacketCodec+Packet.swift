import Bytes

extension PacketCodec {
    /// Writes any packet. Keys with a nil value are omitted.
    package func write(_ packet: Packet, into buffer: inout ByteBuffer) throws {
        if packet.source == .rpc, let rpc = packet.rpc, packet.hasOnlyRPC {
            switch rpc {
            case .request(let request): return try write(request, into: &buffer)
            case .response(let response): return try write(response, into: &buffer)
            }
        }
        try writePacket(
            packet.source, data: packet.data ?? .null, using: packet.data == nil ? nil : PacketCodec.valueEncoding,
            rpc: packet.rpc, channel: packet.channel, timestamp: packet.sentAt,
            correlationID: packet.correlationID, event: packet.event, into: &buffer)
    }

    /// Writes a packet that carries data, such as that of `send`, `publish` and `broadcast`.
    package func writePacket<T>(
        _ source: Packet.Source, data: borrowing T, using encoding: WireEncoding<T>, channel: String? = nil,
        timestamp: Double? = nil, correlationID: String? = nil, event: String? = nil, into buffer: inout ByteBuffer
    ) throws {
        try writePacket(
            source, data: data, using: .some(encoding), rpc: nil, channel: channel, timestamp: timestamp,
            correlationID: correlationID, event: event, into: &buffer)
    }

    private static let valueEncoding = WireEncoding<WireValue>.resolve()

    private func writePacket<T>(
        _ source: Packet.Source, data: borrowing T, using encoding: WireEncoding<T>?, rpc: RPC?, channel: String?,
        timestamp: Double?, correlationID: String?, event: String?, into buffer: inout ByteBuffer
    ) throws {
        let present = [
            encoding != nil, rpc != nil, channel != nil, timestamp != nil, correlationID != nil, event != nil,
        ]
        beginMap(count: 1 + present.count { $0 }, into: &buffer)
        writeKey("source", at: 0, into: &buffer)
        writeInt64(Int64(source.rawValue), into: &buffer)
        if let encoding {
            writeKey("data", at: 1, into: &buffer)
            try encoding.write(data, self, &buffer)
        }
        if let rpc { try writeEmbedded(rpc, into: &buffer) }
        if let channel {
            writeKey("channel", at: 1, into: &buffer)
            writeString(channel, into: &buffer)
        }
        if let timestamp {
            writeKey("timestamp", at: 1, into: &buffer)
            try writeDouble(timestamp, into: &buffer)
        }
        if let correlationID {
            writeKey("correlation_id", at: 1, into: &buffer)
            writeString(correlationID, into: &buffer)
        }
        if let event {
            writeKey("event", at: 1, into: &buffer)
            writeString(event, into: &buffer)
        }
        endMap(into: &buffer)
    }

    /// Writes `rpc` next to other keys: writes it as a packet and removes the `source` key. No peer needs this on the
    /// hot path.
    private func writeEmbedded(_ rpc: RPC, into buffer: inout ByteBuffer) throws {
        var whole = ByteBuffer()
        switch rpc {
        case .request(let request): try write(request, into: &whole)
        case .response(let response): try write(response, into: &whole)
        }
        switch self {
        case .messagePack:
            // Removes the map's header, and the key `source` with its number.
            whole.removeFirst(9)
        case .json:
            // Removes `{"source":5`, and the closing brace of the packet.
            whole.removeFirst(11)
            whole.truncate(to: whole.count - 1)
        }
        whole.withBytes { buffer.append(contentsOf: $0) }
    }
}

extension Packet {
    fileprivate var hasOnlyRPC: Bool {
        data == nil && channel == nil && timestamp == nil && correlationID == nil && event == nil
    }
}
