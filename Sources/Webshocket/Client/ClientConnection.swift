import Bytes
import EventLoops

/// A client's side of one connection: replies find their calls, everything else goes to the inbox, and the end of the
/// connection ends all that waits.
///
/// Confined to the loop.
final class ClientConnection {
    let loop: EventLoop
    let dialect: ClientConfiguration.Dialect
    let inboxSize: Int
    let link: WebSocketLink
    var pending = PendingCalls()
    var streams = OpenStreams()
    private let parser: PacketParser
    private var received: ReceivedPackets
    private var unsent = Queue<OutgoingMessage>()
    private(set) var closure: ConnectionClosure?
    private let ended: Gate

    /// - Parameter ended: opened when the connection has ended.
    init(_ socket: Socket, configuration: ClientConfiguration, deflate: DeflateParameters?, ended: Gate) {
        loop = socket.loop
        dialect = configuration.dialect
        inboxSize = configuration.inboxSize
        // A value takes a byte at least, so the size of a message bounds them; a refused reply would find no call.
        parser = PacketParser(limits: PacketLimits(maxElements: configuration.messageSize))
        received = ReceivedPackets(capacity: configuration.inboxSize)
        self.ended = ended
        link = WebSocketLink(
            socket, role: .client,
            limits: MessageLimits(maxMessage: configuration.messageSize, maxFragments: configuration.fragments),
            deflate: deflate, closeTimeout: configuration.closeTimeout, heartbeat: configuration.heartbeat)
        link.delegate = self
        socket.delegate = link
    }

    /// Reads what came behind the server's handshake.
    func open(_ rest: UnsafeMutableRawBufferPointer) {
        link.read(rest)
    }

    func close(_ code: CloseCode, reason: String) {
        link.close(code, reason: reason)
    }
}

// MARK: - Sending

extension ClientConnection {
    /// Sends a message, now or when the server has read enough of what was sent before.
    func send(_ message: OutgoingMessage) {
        if let closure { return message.failed(ClientError.lost(closure, .notSent)) }
        guard link.isOpen else { return message.failed(ClientError.notConnected) }
        unsent.append(message)
        sendUnsent()
    }

    private func sendUnsent() {
        while link.isOpen, !link.isCongested, let message = unsent.popFirst() {
            guard let bytes = message.waitingBytes else { continue }
            link.send(message.kind) { $0.append(contentsOf: bytes) }
            message.wasWritten(upTo: link.socket.bytesGiven)
        }
    }

    /// Asks something of the server's framework, which does not answer. It is not held up by what waits to be sent:
    /// there are no more of these than calls and elements that have passed already.
    ///
    /// It has an id all the same, one that no call has: to the Python package a request without is no packet.
    func order(_ method: String, _ arguments: [Value]) {
        guard let (kind, codec) = dialect.wire else { return }
        try? link.send(kind) { buffer in
            try codec.writeRequest(callID: "", method: method, values: arguments, into: &buffer)
        }
    }
}

// MARK: - Receiving

extension ClientConnection {
    func receive(_ receiver: ReceivedPackets.Receiver, id: UInt64) {
        if let packet = received.take() {
            updatePause()
            receiver.resume(returning: .success(packet))
        } else if let closure {
            receiver.resume(returning: .failure(ClientError.lost(closure)))
        } else {
            received.wait(receiver, id: id)
        }
    }

    func stopReceiving(_ id: UInt64) {
        received.stopWaiting(id)?.resume(returning: .failure(CancellationError()))
    }

    private func deliver(_ packet: Packet) {
        switch received.arrived(packet) {
        case .handOver(let receiver): receiver.resume(returning: .success(packet))
        case .kept:
            if received.isOverfull { close(.policyViolation, reason: "Too many packets that nobody receives") }
            updatePause()
        }
    }

    /// Packets and elements that nobody takes hold up reading, but not while a call waits for its reply, or the
    /// consumer of another stream for an element.
    func updatePause() {
        if received.isFull || streams.heldUp > 0, pending.isEmpty, streams.waiting == 0 {
            link.pause(.inbox)
        } else {
            link.resume(.inbox)
        }
    }
}

extension ClientConnection: LinkDelegate {
    /// What a message turned out to be; copied, for the parser may be asked again while it is acted upon.
    private enum Arrival {
        case response(RPCResponse)
        /// A reply that nobody waits for: to a call that was given up, or that nobody made.
        case lateResponse
        case packet(Packet)
    }

    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        switch arrival(kind, bytes) {
        case .response(let response): didReceive(response)
        case .lateResponse: break
        case .packet(let packet): deliver(packet)
        }
    }

    private func arrival(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) -> Arrival {
        guard let (_, codec) = dialect.wire else { return .packet(Message(kind, bytes).packet) }
        do {
            return try parser.read(bytes, as: codec) { root in
                let packet = try IncomingPacket(root)
                guard case .response(let response) = packet.body else { return .packet(try packet.packet()) }
                let id = String(decoding: response.callID, as: UTF8.self)
                guard pending[id] != nil || streams[id] != nil else { return .lateResponse }
                return .response(response.rpcResponse())
            }
        } catch {
            return .packet(Message(kind, bytes).packet)
        }
    }

    private func didReceive(_ response: RPCResponse) {
        if let call = pending[response.callID] {
            reply(to: call, response)
        } else if let stream = streams[response.callID] {
            didReceive(response, of: stream)
        }
    }

    func linkWillClose(_ link: WebSocketLink) {}

    func linkDidDrain(_ link: WebSocketLink) {
        sendUnsent()
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        self.closure = closure
        // First the calls: each knows best what has become of its request.
        endCalls(closure)
        endStreams(closure)
        while let message = unsent.popFirst() { message.failed(ClientError.lost(closure, .notSent)) }
        for receiver in received.removeReceivers() { receiver.resume(returning: .failure(ClientError.lost(closure))) }
        ended.open()
    }
}
