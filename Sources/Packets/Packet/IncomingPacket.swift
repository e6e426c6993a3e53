/// A received packet that is validated but not copied from the tape. It is valid as long as the cursor that it was
/// created from.
package struct IncomingPacket {
    package enum Body {
        case request(IncomingRequest)
        case response(IncomingResponse)
        case plain
    }

    /// The packet's map, which is used to read the keys of extensions.
    package let root: TapeCursor
    package let source: Packet.Source
    package let body: Body
    package private(set) var data: TapeCursor?
    package private(set) var channel: UnsafeRawBufferPointer?
    package private(set) var timestamp: Double?
    package private(set) var correlationID: UnsafeRawBufferPointer?
    package private(set) var event: UnsafeRawBufferPointer?

    /// Reads the map in one pass. Unknown keys are skipped, null counts as absent, and `rpc` is read only if the source
    /// is `.rpc`.
    package init(_ root: TapeCursor) throws(PacketError) {
        guard var entries = root.entries else { throw .notAPacket(.packet) }
        var source: TapeCursor?
        var rpc: TapeCursor?
        while let (key, value) = entries.next() {
            if key.holds("source") {
                source = value
            } else if key.holds("rpc") {
                rpc = value
            } else if key.holds("data") {
                data = value
            } else if key.holds("channel") {
                channel = try value.text(of: .channel)
            } else if key.holds("timestamp") {
                timestamp = try value.seconds()
            } else if key.holds("correlation_id") {
                correlationID = try value.text(of: .correlationID)
            } else if key.holds("event") {
                event = try value.text(of: .event)
            }
        }
        guard let source = source?.wholeNumber.flatMap(Packet.Source.init) else { throw .notAPacket(.source) }
        self.root = root
        self.source = source
        guard source == .rpc else {
            body = .plain
            return
        }
        guard let rpc else { throw .notAPacket(.rpc) }
        body = try Body(rpc)
    }

    /// Copies the packet.
    package func packet() throws(PacketError) -> Packet {
        var packet = Packet(source: source, data: data?.value())
        packet.sentAt = timestamp
        packet.channel = channel.map { String(decoding: $0, as: UTF8.self) }
        packet.correlationID = correlationID.map { String(decoding: $0, as: UTF8.self) }
        packet.event = event.map { String(decoding: $0, as: UTF8.self) }
        switch body {
        case .request(let request): packet.rpc = .request(request.rpcRequest())
        case .response(let response): packet.rpc = .response(response.rpcResponse())
        case .plain: break
        }
        return packet
    }
}

// MARK: - Validation of keys

extension TapeCursor {
    /// The value if it is encoded as an integer; 5.0 is not a valid source.
    package var wholeNumber: Int? { kind == .integer ? integer() : nil }

    var unlessNull: TapeCursor? { isNull ? nil : self }

    func text(of part: PacketError.Part) throws(PacketError) -> UnsafeRawBufferPointer? {
        if isNull { return nil }
        guard let text else { throw .notAPacket(part) }
        return text
    }

    func flag(of part: PacketError.Part) throws(PacketError) -> Bool {
        if isNull { return false }
        guard let bool else { throw .notAPacket(part) }
        return bool
    }

    func container(_ kind: Kind, of part: PacketError.Part) throws(PacketError) -> TapeCursor? {
        if isNull { return nil }
        guard self.kind == kind else { throw .notAPacket(part) }
        return self
    }

    func number(of part: PacketError.Part) throws(PacketError) -> Int? {
        if isNull { return nil }
        guard let wholeNumber else { throw .notAPacket(part) }
        return wholeNumber
    }

    fileprivate func seconds() throws(PacketError) -> Double? {
        if isNull { return nil }
        guard let double else { throw .notAPacket(.timestamp) }
        return double
    }
}
