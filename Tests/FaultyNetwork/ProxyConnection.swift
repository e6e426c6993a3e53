import EventLoops

/// A proxied connection: the socket of a client, and a socket to the server. Confined to the loop.
final class ProxyConnection {
    private let toServer: Forwarder
    private let toClient: Forwarder
    private let didEnd: (_ bytes: Int) -> Void
    private var openSockets = 2

    /// Creates a connection.
    /// - Parameters:
    ///   - client: The socket of the client.
    ///   - server: The socket to the server.
    ///   - didEnd: Called once when both sockets have closed, with the number of forwarded bytes.
    init(client: Socket, server: Socket, didEnd: @escaping (_ bytes: Int) -> Void) {
        toServer = Forwarder(from: client, to: server)
        toClient = Forwarder(from: server, to: client)
        self.didEnd = didEnd
    }

    func start() {
        toServer.back = toClient
        toClient.back = toServer
        for forwarder in [toServer, toClient] {
            forwarder.didClose = { [self] in socketDidClose() }
            forwarder.start()
        }
    }

    func apply(_ fault: Fault) {
        switch fault {
        case .reset: for forwarder in [toServer, toClient] { forwarder.source.reset() }
        case .end: for forwarder in [toServer, toClient] { forwarder.end() }
        case .stall(let time, let direction):
            if direction.includes(.toServer) { toServer.stall(for: time) }
            if direction.includes(.toClient) { toClient.stall(for: time) }
        case .latency(let time): for forwarder in [toServer, toClient] { forwarder.latency = time }
        case .pieces(let size): for forwarder in [toServer, toClient] { forwarder.piece = size }
        }
    }

    private func socketDidClose() {
        openSockets -= 1
        guard openSockets == 0 else { return }
        for forwarder in [toServer, toClient] {
            forwarder.didClose = nil
            forwarder.back = nil
        }
        didEnd(toServer.bytes + toClient.bytes)
    }
}
