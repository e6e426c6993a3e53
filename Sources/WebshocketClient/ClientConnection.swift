import Bytes
import EventLoops

/// One connection of a client. It parses received messages for the client's session and reports the end of the
/// connection.
///
/// Confined to the event loop.
final class ClientConnection {
    /// The number of the connection, unique within the client.
    let number: UInt64
    /// The subprotocol that the server selected, if any.
    let subprotocol: String?
    let link: WebSocketLink
    private let session: ClientSession
    private let parser: PacketParser

    init(_ transport: Transport, for session: ClientSession, number: UInt64, upgrade: AcceptedUpgrade) {
        self.number = number
        subprotocol = upgrade.subprotocol
        self.session = session
        let configuration = session.configuration
        // A value takes at least one byte, so the size of a message bounds the number of values. A lower limit could
        // refuse a response, and its call would then never end.
        parser = PacketParser(limits: PacketLimits(maxElements: configuration.messageSize))
        link = WebSocketLink(
            transport, role: .client,
            limits: MessageLimits(maxMessage: configuration.messageSize, maxFragments: configuration.fragments),
            deflate: upgrade.deflate, closeTimeout: configuration.closeTimeout, heartbeat: configuration.heartbeat)
        link.longestSilence = configuration.heartbeat.map { SilenceWatch($0).longestSilence }
        link.delegate = self
        link.begin()
    }

    /// Reads the bytes that arrived after the server's handshake.
    func open(_ rest: UnsafeMutableRawBufferPointer) {
        link.read(rest)
    }

    func close(_ code: CloseCode, reason: String) {
        link.close(code, reason: reason)
    }
}

extension ClientConnection: LinkDelegate {
    /// The meaning of a received message. It is a copy, because the parser may be used again while the message is
    /// handled.
    private enum Arrival {
        case response(RPCResponse)
        /// A response without a pending call: the call was given up, or its ID is unknown.
        case lateResponse
        /// The announcement that the server is shutting down, which precedes the close.
        case shutdown(RPCError)
        case packet(Packet)
        /// An invalid response to a pending call.
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
        guard let (_, codec) = session.configuration.wire else { return .packet(WebSocketMessage(kind, bytes).packet) }
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
            return .packet(WebSocketMessage(kind, bytes).packet)
        }
    }

    /// Handles a packet whose text exceeds the limits (Protocol.md, "Text"). A response fails its call; any other
    /// packet is delivered as bytes.
    private func refusal(_ bytes: UnsafeRawBufferPointer) -> Arrival {
        guard case .response(let response)? = parser.refusedPacket()?.body else {
            return .packet(WebSocketMessage(.binary, bytes).packet)
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
