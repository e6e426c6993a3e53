import EventLoops
import Webshocket

/// An HTTP proxy for tests, which answers CONNECT with a chosen behaviour and then forwards bytes.
final class ConnectProxy: Sendable {
    enum Behaviour: Sendable {
        /// Opens the tunnel. If credentials are given, answers 407 to a client that does not send them.
        case opens(for: String? = nil)
        /// Sends this response and nothing else.
        case says(String)
        /// Closes without an answer.
        case closes
        /// Sends no response and stays open.
        case isSilent
        /// Opens the tunnel, and sends this after its response, before any byte of the server.
        case opensAndSays(String)
    }

    private final class LogSink: Sendable {
        let heads = Locked<[String]>([])
    }

    private let log = LogSink()
    private let group = EventLoopGroup(loops: 1, name: "connect-proxy")
    private let listener: Listener

    init(_ behaviour: Behaviour) async throws {
        let log = log
        listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) { socket in
            socket.start(delegate: Client(behaviour) { head in log.heads.withLock { $0.append(head) } })
        }
    }

    /// The heads of the CONNECT requests received.
    var heads: [String] { log.heads.withLock { $0 } }

    var authority: String { "127.0.0.1:\(listener.localAddress.port ?? 0)" }

    func stop() async {
        await listener.close()
        await group.shutdown()
    }

    /// The client's side of a tunnel. Confined to the event loop.
    private final class Client: TransportDelegate {
        private let behaviour: Behaviour
        private let tell: (String) -> Void
        private var head: [UInt8] = []
        private var hasAnswered = false
        private var server: Transport?

        init(_ behaviour: Behaviour, tell: @escaping (String) -> Void) {
            self.behaviour = behaviour
            self.tell = tell
        }

        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
            guard !hasAnswered else { return server.map { $0.say(bytes) } ?? () }
            head += bytes
            guard let end = head.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
            hasAnswered = true
            let text = String(decoding: head[..<end.upperBound], as: UTF8.self)
            tell(text)
            switch behaviour {
            case .opens(let credentials):
                if let credentials, !text.contains("\r\nProxy-Authorization: Basic \(credentials)\r\n") {
                    socket.say(Array("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".utf8))
                } else {
                    connect(socket, to: text, greeting: "")
                }
            case .opensAndSays(let greeting): connect(socket, to: text, greeting: greeting)
            case .says(let answer): socket.say(Array(answer.utf8))
            case .closes: socket.close()
            case .isSilent: break
            }
        }

        private func connect(_ socket: Transport, to head: String, greeting: String) {
            let port = head.split(separator: " ")[1].split(separator: ":").last.flatMap { UInt16($0) } ?? 1
            let client = LoopBound((self, socket), loop: socket.loop)
            Socket.connect(to: .tcp(host: "127.0.0.1", port: port), on: socket.loop, timeout: .patient) { result in
                let (proxy, socket) = client.value
                guard case .success(let server) = result, !socket.isClosed else { return socket.close() }
                proxy.server = server
                server.start(delegate: Server(client: socket))
                socket.say(Array("HTTP/1.1 200 Connection established\r\n\r\n\(greeting)".utf8))
            }
        }

        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}
        func transportDidReachEnd(_ socket: Transport) { socket.close() }
        func transportDidClose(_ socket: Transport, error: SocketError?) { server?.closeAfterFlush() }
    }

    /// The server's side of a tunnel. Confined to the event loop.
    private final class Server: TransportDelegate {
        private let client: Transport

        init(client: Transport) { self.client = client }

        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) { client.say(bytes) }
        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}
        func transportDidReachEnd(_ socket: Transport) { socket.close() }
        func transportDidClose(_ socket: Transport, error: SocketError?) { client.closeAfterFlush() }
    }
}

extension Transport {
    fileprivate func say(_ bytes: some Collection<UInt8>) {
        guard !isClosed else { return }
        outbox.append(contentsOf: bytes)
        setNeedsFlush()
    }
}
