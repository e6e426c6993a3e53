import Bytes
import EventLoops

/// A client's side of one connection: replies find their calls, everything else goes to the inbox, and the end of the
/// connection ends all that waits.
///
/// Confined to the loop.
final class ClientConnection {
    private let loop: EventLoop
    private let dialect: ClientConfiguration.Dialect
    private let parser: PacketParser
    private let link: WebSocketLink
    private var pending = PendingCalls()
    private var received: ReceivedPackets
    private var unsent = Queue<UnsentMessage>()
    private(set) var closure: ConnectionClosure?
    private let ended: Gate

    /// - Parameter ended: opened when the connection has ended.
    init(_ socket: Socket, configuration: ClientConfiguration, deflate: DeflateParameters?, ended: Gate) {
        loop = socket.loop
        dialect = configuration.dialect
        parser = PacketParser()
        received = ReceivedPackets(capacity: configuration.inboxSize)
        self.ended = ended
        link = WebSocketLink(
            socket, role: .client,
            limits: MessageLimits(maxMessage: configuration.messageSize, maxFragments: configuration.fragments),
            deflate: deflate, closeTimeout: configuration.closeTimeout)
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

    /// Sends a message, now or when the server has read enough of what was sent before.
    /// - Parameter isSent: called once, with why it was not sent where it was not.
    func send(_ kind: MessageKind, _ bytes: [UInt8], isSent: @escaping (ClientError?) -> Void) {
        if let closure { return isSent(.lost(closure)) }
        guard link.isOpen else { return isSent(.notConnected) }
        unsent.append(UnsentMessage(kind: kind, bytes: bytes, isSent: isSent))
        sendUnsent()
    }

    private func sendUnsent() {
        while link.isOpen, !link.isCongested, let item = unsent.popFirst() {
            link.send(item.kind) { $0.append(contentsOf: item.bytes) }
            item.isSent(nil)
        }
    }

    // MARK: Calls

    func call(
        _ id: String, _ kind: MessageKind, _ bytes: [UInt8], timeout: Duration?,
        _ continuation: CheckedContinuation<PendingCalls.Reply, Never>
    ) {
        let timer = timeout.map { timeout in
            loop.schedule(after: timeout) { [weak self] in
                self?.abort(id, ClientError(.timedOut, "no reply within \(timeout)"))
            }
        }
        pending.add(PendingCalls.Waiter(continuation: continuation, timer: timer), id: id)
        updatePause()
        send(kind, bytes) { [weak self] error in
            if let error { self?.end(id, .failure(error)) }
        }
    }

    /// Ends a call that still waits, here and on the server; harmless for any other.
    func abort(_ id: String, _ error: any Error) {
        guard pending.contains(id) else { return }
        end(id, .failure(error))
        guard let (kind, codec) = dialect.wire else { return }
        var request = ByteBuffer()
        try? codec.writeRequest(callID: nil, method: "__abort__", values: [.string(id)], into: &request)
        // Behind the call itself, should that still wait.
        send(kind, request.array) { _ in }
    }

    /// Ends a call that still waits; harmless for any other.
    func end(_ id: String, _ reply: PendingCalls.Reply) {
        guard let waiter = pending.remove(id) else { return }
        if let timer = waiter.timer { loop.cancel(timer) }
        waiter.continuation.resume(returning: reply)
        updatePause()
    }

    // MARK: Receiving

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

    /// Packets that nobody takes hold up reading, but not while a call waits for its reply.
    private func updatePause() {
        if received.isFull, pending.isEmpty { link.pause(.inbox) } else { link.resume(.inbox) }
    }
}

extension ClientConnection: LinkDelegate {
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        guard let (_, codec) = dialect.wire else { return deliver(Message(kind, bytes).packet) }
        do {
            let packet = try parser.read(bytes, as: codec) { root in try IncomingPacket(root).packet() }
            if case .response(let response) = packet.rpc {
                end(response.callID, .success(response))
            } else {
                deliver(packet)
            }
        } catch {
            deliver(Message(kind, bytes).packet)
        }
    }

    func linkDidDrain(_ link: WebSocketLink) {
        sendUnsent()
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        self.closure = closure
        while let item = unsent.popFirst() { item.isSent(.lost(closure)) }
        for waiter in pending.removeAll() {
            if let timer = waiter.timer { loop.cancel(timer) }
            waiter.continuation.resume(returning: .failure(ClientError.lost(closure)))
        }
        for receiver in received.removeReceivers() { receiver.resume(returning: .failure(ClientError.lost(closure))) }
        ended.open()
    }
}
