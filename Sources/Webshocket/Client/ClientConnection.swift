import Bytes
import EventLoops

/// One connection of a client: it reads what arrives for the client's session, and tells it of the end.
///
/// Confined to the loop.
final class ClientConnection {
    /// Distinguishes the connections of a client.
    let number: UInt64
    /// What the server has selected.
    let subprotocol: String?
    let link: WebSocketLink
    private let session: ClientSession
    private let parser: PacketParser

    init(_ socket: Socket, for session: ClientSession, number: UInt64, upgrade: AcceptedUpgrade) {
        self.number = number
        subprotocol = upgrade.subprotocol
        self.session = session
        let configuration = session.configuration
        // A value takes a byte at least, so the size of a message bounds them; a refused reply would find no call.
        parser = PacketParser(limits: PacketLimits(maxElements: configuration.messageSize))
        link = WebSocketLink(
            socket, role: .client,
            limits: MessageLimits(maxMessage: configuration.messageSize, maxFragments: configuration.fragments),
            deflate: upgrade.deflate, closeTimeout: configuration.closeTimeout, heartbeat: configuration.heartbeat)
        link.longestSilence = configuration.heartbeat.map { SilenceWatch($0).longestSilence }
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

extension ClientConnection: LinkDelegate {
    /// What a message turned out to be; copied, for the parser may be asked again while it is acted upon.
    private enum Arrival {
        case response(RPCResponse)
        /// A reply that nobody waits for: to a call that was given up, or that nobody made.
        case lateResponse
        /// The server shuts down, and says so before it closes the connection.
        case shutdown(RPCError)
        case packet(Packet)
        /// A reply that is refused, to a call that waits for it.
        case refusedResponse(callID: String, PacketError)
    }

    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        session.noteReceived(kind, bytes)
        switch arrival(kind, bytes) {
        case .response(let response): session.didReceive(response)
        case .lateResponse: break
        case .shutdown(let error): session.serverShutsDown(error)
        case .packet(let packet): session.didReceive(packet, bytes: bytes.count)
        case .refusedResponse(let callID, let error): session.didRefuseResponse(to: callID, error)
        }
    }

    private func arrival(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) -> Arrival {
        guard let (_, codec) = session.dialect.wire else { return .packet(Message(kind, bytes).packet) }
        do {
            return try parser.read(bytes, as: codec) { root in
                let packet = try IncomingPacket(root)
                guard case .response(let response) = packet.body else { return .packet(try packet.packet()) }
                let id = String(decoding: response.callID, as: UTF8.self)
                if id.isEmpty, let error = response.rpcResponse().rpcError, error.code == .shuttingDown {
                    return .shutdown(error)
                }
                return session.awaits(id) ? .response(response.rpcResponse()) : .lateResponse
            }
        } catch PacketError.runTooLong {
            return refusal(bytes)
        } catch {
            return .packet(Message(kind, bytes).packet)
        }
    }

    /// A packet with text that is refused (Protocol.md, "Text") fails the call that it answers, or is handed on as bytes.
    private func refusal(_ bytes: UnsafeRawBufferPointer) -> Arrival {
        guard case .response(let response)? = parser.refusedPacket()?.body else {
            return .packet(Message(.binary, bytes).packet)
        }
        let id = String(decoding: response.callID, as: UTF8.self)
        return session.awaits(id) ? .refusedResponse(callID: id, .runTooLong) : .lateResponse
    }

    func link(_ link: WebSocketLink, didReceivePong payload: UnsafeRawBufferPointer) {
        session.pongArrived(payload)
    }

    func linkWillClose(_ link: WebSocketLink) {}

    func linkDidDrain(_ link: WebSocketLink) {
        session.sendWaiting()
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        session.connectionEnded(self, closure)
    }
}
