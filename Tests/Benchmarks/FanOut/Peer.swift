import Bytes
import EventLoops
import WebSocketProtocol

/// A connection to the server with minimal overhead per message: no task, no parser and no copy.
///
/// Confined to the event loop.
final class Peer {
    /// Callbacks for the upgrade, for each message with the time of its read, and for the end of the connection.
    struct Events {
        var opened: (Peer) -> Void
        var received: (Peer, UnsafeRawBufferPointer, ContinuousClock.Instant) -> Void
        var ended: (Peer, String) -> Void
    }

    private let socket: Socket
    private var events: Events?
    private var handshake: ClientHandshake?
    @exclusivity(unchecked) private var reader = MessageReader(role: .client)
    @exclusivity(unchecked) private var writer = MessageWriter(role: .client)

    init(_ socket: Socket, _ events: Events) throws(HandshakeFailure) {
        self.socket = socket
        self.events = events
        let handshake = try ClientHandshake(host: "127.0.0.1", target: "/", subprotocols: ["webshocket.v1"])
        handshake.writeRequest(into: &socket.outbox)
        self.handshake = handshake
        socket.start(delegate: self)
    }

    func send(_ message: [UInt8]) {
        message.withUnsafeBytes { writer.write(.binary, $0, into: &socket.outbox) }
        socket.setNeedsFlush()
    }

    func stopReading() {
        socket.pauseReading()
    }

    /// Closes the connection without further callbacks.
    func close() {
        events = nil
        socket.close()
    }

    private func end(_ reason: String) {
        guard let events else { return }
        close()
        events.ended(self, reason)
    }
}

extension Peer: TransportDelegate {
    func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        var bytes = bytes
        if handshake != nil {
            switch handshake?.received(UnsafeRawBufferPointer(bytes)) {
            case .accepted(_, let consumed):
                handshake = nil
                bytes = UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...])
                events?.opened(self)
            case .failed(let failure): return end("upgrade failed: \(failure)")
            case .needMore, nil: return
            }
        }
        let now = ContinuousClock.now
        while true {
            switch reader.next(in: &bytes) {
            case .needMore: return
            case .message(_, let payload): events?.received(self, payload, now)
            case .close(let payload): return end("closed with \(payload)")
            case .failure(let failure): return end("invalid frames: \(failure)")
            case .ping, .pong: break
            }
        }
    }

    func transportDidDrain(_ socket: Transport) {}

    func transportPeerDidEnd(_ socket: Transport) { end("closed by the server") }

    func transportDidReachEnd(_ socket: Transport) { end("closed by the server") }

    func transportDidClose(_ socket: Transport, error: SocketError?) {
        end("lost: \(error.map { "\($0)" } ?? "closed")")
    }
}
