import Bytes

/// A closure that hears something: what its data is read as, and what runs when it was read.
///
/// Reading comes first and on its own, while the data lies in the parser: an error in it is never taken for one of the
/// closure's, and what runs later holds the data's copy alone.
package struct HandlerBody: Sendable {
    package typealias LateRun = nonisolated(nonsending) @Sendable (Connection) async throws -> Void

    /// What is left when the data has been read.
    package enum Run: Sendable {
        /// Called on the spot, which costs no task.
        case now(@Sendable (Connection) throws -> Void)
        /// Run in a task, as what may wait.
        case later(LateRun)
    }

    /// - Parameters:
    ///   - data: nil where there is none, which is the same as null.
    ///   - packet: makes the packet that the data came in, for those who hear the whole of it.
    private let read: @Sendable (_ data: TapeCursor?, _ packet: () throws -> Packet) throws -> Run

    /// Hears that something came, and reads nothing.
    package init(_ run: Run) {
        read = { _, _ in run }
    }

    /// Hears data of one type.
    package init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Content) -> Run) {
        let decode = WireDecoding<Content>.resolve().read
        read = { data, _ in run(try data.map { try decode($0) } ?? Value.null.decode()) }
    }

    /// Hears whole packets.
    package init(packet run: @escaping @Sendable (Packet) -> Run) {
        read = { _, packet in run(try packet()) }
    }

    /// Hears packets with data of one type.
    init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Packet, Content) -> Run) {
        let decode = WireDecoding<Content>.resolve().read
        read = { data, packet in run(try packet(), try data.map { try decode($0) } ?? Value.null.decode()) }
    }

    private init(reading read: @escaping @Sendable (TapeCursor?, () throws -> Packet) throws -> Run) {
        self.read = read
    }

    /// The same data, for another closure.
    func mapping(_ change: @escaping @Sendable (Run) -> Run) -> HandlerBody {
        HandlerBody(reading: { [read] data, packet in change(try read(data, packet)) })
    }

    // MARK: - What it hears

    /// Reads a packet that lies in the parser.
    /// - Parameter subject: what is read, for an error's text.
    /// - Throws: ``RPCErrorCode/invalidParameters`` that says what the data is to be.
    func reading(_ packet: IncomingPacket, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        try reading(packet.data, subject()) { try packet.packet() }
    }

    /// Reads a whole message that is no packet, and lies in the parser; else as above.
    func reading(_ document: TapeCursor, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        try reading(document, subject()) { Packet(source: .unknown, data: document.value()) }
    }

    /// Reads a packet that was made here, or has been copied; it is written and parsed again. Else as above.
    package func reading(_ packet: Packet, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        guard let data = packet.data else { return try reading(nil, subject()) { packet } }
        do {
            var buffer = ByteBuffer()
            try Codec.messagePack.encode(data, into: &buffer, depth: 0)
            let parser = PacketParser(limits: PacketLimits(maxElements: .max))
            return try buffer.withBytes { bytes in
                try parser.read(bytes, as: .messagePack) { root in try reading(root, subject()) { packet } }
            }
        } catch {
            throw error as? RPCError ?? RPCError(fault: error, of: subject())
        }
    }

    private func reading(
        _ data: TapeCursor?, _ subject: @autoclosure () -> String, packet: () throws -> Packet
    ) throws(RPCError) -> Run {
        do {
            return try read(data, packet)
        } catch {
            throw RPCError(fault: error, of: subject())
        }
    }
}

extension RPCError {
    /// Says what is wrong with what a peer sent.
    /// - Parameters:
    ///   - error: what reading it threw.
    ///   - subject: what was read, such as "argument 'b' (2 of 2)".
    init(fault error: any Error, of subject: String) {
        var fault = "cannot be read"
        if let error = error as? WireDecodingError {
            let place = error.path.isEmpty ? "" : " at \(error.path.joined(separator: "."))"
            fault = "is to be \(error.expected)\(place), not \(error.found)"
        }
        self.init("\(subject) \(fault)", code: .invalidParameters)
    }
}
