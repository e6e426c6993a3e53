import Bytes
import COpenSSL
import Certificates
import EventLoops
import Testing

@Suite(
    "A flood of TLS records without application data",
    .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)),
    .timeLimit(.minutes(5)))
struct TLSFloodTests {
    /// A client that uses OpenSSL directly to send key updates. Confined to its loop.
    private final class KeyChanger: TransportDelegate, @unchecked Sendable {
        private let context = SSL_CTX_new(TLS_client_method())
        private let ssl: OpaquePointer?
        private let input = BIO_new(BIO_s_mem())
        private let output = BIO_new(BIO_s_mem())
        private let count: Int
        private var hasBegun = false

        init(count: Int) {
            self.count = count
            ssl = SSL_new(context)
            SSL_set_bio(ssl, input, output)
            SSL_set_connect_state(ssl)
        }

        deinit {
            SSL_free(ssl)
            SSL_CTX_free(context)
        }

        func goOn(_ socket: Transport) {
            if SSL_do_handshake(ssl) == 1, !hasBegun {
                hasBegun = true
                for _ in 0..<count {
                    SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
                    SSL_do_handshake(ssl)
                }
                SSL_write(ssl, [1], 1)
            }
            var bytes = [UInt8](repeating: 0, count: 1_000_000)
            let written = BIO_read(output, &bytes, Int32(bytes.count))
            if written > 0 { socket.outbox.append(contentsOf: bytes.prefix(Int(written))) }
            socket.setNeedsFlush()
        }

        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
            BIO_write(input, bytes.baseAddress, Int32(bytes.count))
            goOn(socket)
        }

        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}
        func transportDidReachEnd(_ socket: Transport) { socket.close() }
        func transportDidClose(_ socket: Transport, error: SocketError?) {}
    }

    @Test("closes the connection, but a few key updates do not", arguments: [(100, true), (10_000, false)])
    func keyUpdates(count: Int, isTaken: Bool) async throws {
        let context = try TLSContext.test(server: "server")
        let recorder = Recorder()
        let group = EventLoopGroup(loops: 1, name: "flood")
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) { socket in
            socket.start(delegate: recorder)
            (try? TLSSession.server(context)).map { socket.beginTLS($0) }
        }
        let bound = try await Socket.connect(
            to: Endpoint(listener.localAddress), on: group.loops[0], timeout: .seconds(50)
        ) { socket in
            let changer = KeyChanger(count: count)
            socket.start(delegate: changer)
            changer.goOn(socket)
            return LoopBound(socket, loop: socket.loop)
        }
        let record = await recorder.wait { $0.byteCount > 0 || $0.closes > 0 }
        #expect((record.byteCount == 1) == isTaken)
        #expect((record.error?.tls?.kind == .failed) == !isTaken)
        await bound.loop.run { bound.value.close() }
        await listener.close()
        await group.shutdown()
    }
}
