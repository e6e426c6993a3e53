import CUV

extension Socket {
    /// The libuv stream type of a socket.
    enum Kind {
        case tcp, unix

        init(family: Int32) { self = family == AF_UNIX ? .unix : .tcp }

        /// Creates a stream of this kind that does not belong to a socket yet. The caller must `hold` it first.
        func makeStream(on loop: EventLoop) throws(SocketError) -> UnsafeMutablePointer<uv_stream_t> {
            guard !loop.isEnding else { throw loop.endError(.open) }
            let result: Int32
            let memory: UnsafeMutableRawPointer
            switch self {
            case .tcp:
                let stream = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
                memory = UnsafeMutableRawPointer(stream)
                result = uv_tcp_init(loop.uv, stream)
            case .unix:
                let stream = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
                memory = UnsafeMutableRawPointer(stream)
                result = uv_pipe_init(loop.uv, stream, 0)
            }
            guard result == 0 else {
                memory.deallocate()
                throw SocketError(result, .open)
            }
            return memory.assumingMemoryBound(to: uv_stream_t.self)
        }

        func open(_ stream: UnsafeMutablePointer<uv_stream_t>, descriptor: Int32) throws(SocketError) {
            switch self {
            case .tcp: try check(uv_tcp_open(Self.tcp(stream), descriptor), .open)
            case .unix: try check(uv_pipe_open(Self.pipe(stream), descriptor), .open)
            }
        }

        /// Disables Nagle's algorithm, so that small messages are sent immediately.
        ///
        /// Errors are ignored: if the peer has already disconnected, the first read reports it.
        func disableDelay(of stream: UnsafeMutablePointer<uv_stream_t>) {
            switch self {
            case .tcp: uv_tcp_nodelay(Self.tcp(stream), 1)
            case .unix: break
            }
        }

        static func tcp(_ stream: UnsafeMutablePointer<uv_stream_t>) -> UnsafeMutablePointer<uv_tcp_t> {
            UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_tcp_t.self)
        }

        static func pipe(_ stream: UnsafeMutablePointer<uv_stream_t>) -> UnsafeMutablePointer<uv_pipe_t> {
            UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_pipe_t.self)
        }
    }

    /// Creates a socket from a connected descriptor. If that fails, it closes the descriptor.
    static func adopt(_ descriptor: Int32, peer: RawAddress, on loop: EventLoop) throws(SocketError) -> Socket {
        let kind = Kind(family: peer.family)
        do throws(SocketError) {
            let stream = try kind.makeStream(on: loop)
            let socket = Socket(loop: loop, stream: stream, remoteAddress: SocketAddress(peer))
            socket.hold(stream)
            do throws(SocketError) {
                try kind.open(stream, descriptor: descriptor)
            } catch {
                socket.close()
                throw error
            }
            kind.disableDelay(of: stream)
            return socket
        } catch {
            cuv_close(descriptor)
            throw error
        }
    }
}
