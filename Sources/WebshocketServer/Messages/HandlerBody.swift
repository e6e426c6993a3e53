import Bytes

/// The closure of a message handler, which first decodes the data and then handles it.
///
/// Decoding is a step of its own, and happens while the data is in the parser. Therefore a decoding error cannot be
/// confused with an error of the closure, and an asynchronous closure keeps only the decoded data.
package struct HandlerBody: Sendable {
    package typealias LateRun = nonisolated(nonsending) @Sendable (Connection) async throws -> Void

    /// The work that remains after the data is decoded.
    package enum Run: Sendable {
        /// A synchronous closure, which is called without a task.
        case now(@Sendable (Connection) throws -> Void)
        /// An asynchronous closure, which runs in a task.
        case later(LateRun)
    }

    /// Decodes the data of a message.
    /// - Parameters:
    ///   - data: Nil if there is none, which is decoded as null.
    ///   - packet: Returns the whole packet, for closures that take one.
    private let read: @Sendable (_ data: TapeCursor?, _ packet: () throws -> Packet) throws -> Run

    /// Creates a body that ignores the data.
    package init(_ run: Run) {
        read = { _, _ in run }
    }

    /// Creates a body that decodes the data as one type.
    package init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Content) -> Run) {
        let decode = WireDecoding<Content>.resolve().read
        read = { data, _ in run(try data.map { try decode($0) } ?? WireValue.null.decode()) }
    }

    /// Creates a body that takes the whole packet.
    package init(packet run: @escaping @Sendable (Packet) -> Run) {
        read = { _, packet in run(try packet()) }
    }

    /// Creates a body that takes the whole packet and decodes its data as one type.
    init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Packet, Content) -> Run) {
        let decode = WireDecoding<Content>.resolve().read
        read = { data, packet in run(try packet(), try data.map { try decode($0) } ?? WireValue.null.decode()) }
    }

    private init(reading read: @escaping @Sendable (TapeCursor?, () throws -> Packet) throws -> Run) {
        self.read = read
    }

    /// Returns a body that decodes the same data and transforms the remaining work.
    func mapping(_ change: @escaping @Sendable (Run) -> Run) -> HandlerBody {
        HandlerBody(reading: { [read] data, packet in change(try read(data, packet)) })
    }

    // MARK: - Decoding

    /// Decodes a packet in the parser.
    /// - Parameter subject: The name of the data in error texts.
    /// - Throws: ``RPCErrorCode/invalidParameters``, which describes the expected type.
    func reading(_ packet: IncomingPacket, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        try reading(packet.data, subject()) { try packet.packet() }
    }

    /// Decodes a message in the parser that is not a packet.
    /// - Parameter subject: The name of the data in error texts.
    /// - Throws: ``RPCErrorCode/invalidParameters``, which describes the expected type.
    func reading(_ document: TapeCursor, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        try reading(document, subject()) { Packet(source: .unknown, data: document.value()) }
    }

    /// Decodes a packet that is not in the parser, by encoding and parsing it again.
    /// - Parameter subject: The name of the data in error texts.
    /// - Throws: ``RPCErrorCode/invalidParameters``, which describes the expected type.
    package func reading(_ packet: Packet, _ subject: @autoclosure () -> String) throws(RPCError) -> Run {
        guard let data = packet.data else { return try reading(nil, subject()) { packet } }
        do {
            var buffer = ByteBuffer()
            try PacketCodec.messagePack.encode(data, into: &buffer, depth: 0)
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
    /// Creates the error response for data that cannot be decoded.
    /// - Parameters:
    ///   - error: The error that decoding threw.
    ///   - subject: The name of the data, such as "argument 'b' (2 of 2)".
    init(fault error: any Error, of subject: String) {
        var fault = "cannot be decoded"
        if let error = error as? WireDecodingError {
            let place = error.path.isEmpty ? "" : " at \(error.path.joined(separator: "."))"
            fault = "must be \(error.expected)\(place) (got \(error.found))"
        }
        self.init("\(subject) \(fault)", code: .invalidParameters)
    }
}
