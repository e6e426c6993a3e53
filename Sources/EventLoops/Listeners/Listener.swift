import CUV
import Synchronization

/// Accepts connections on one endpoint, and distributes them over event loops.
///
/// On Linux every loop has its own TCP descriptor, and the kernel distributes the connections. On other systems, and
/// for Unix-domain sockets, the first loop accepts and passes connections to the loops in rotation. If a loop is
/// blocked and does not accept a connection for 10 ms, one of the next three accepts it. The listener stops with
/// ``close()`` or when it is released.
package final class Listener: ConnectionListener {
    /// The local addresses, with the port that the system picked. A host name may have several addresses.
    package let localAddresses: [SocketAddress]
    package var localAddress: SocketAddress { localAddresses[0] }

    private let acceptors: [LoopBound<Acceptor>]
    private let file: UnixSocketFile?
    private let isClosed = Atomic(false)

    private init(_ localAddresses: [SocketAddress], _ acceptors: [LoopBound<Acceptor>], _ file: UnixSocketFile?) {
        self.localAddresses = localAddresses
        self.acceptors = acceptors
        self.file = file
    }

    deinit {
        guard !isClosed.load(ordering: .relaxed) else { return }
        file?.remove()
        for acceptor in acceptors { acceptor.loop.execute { acceptor.value.close {} } }
    }

    /// Binds to an endpoint and starts to listen.
    ///
    /// If a Unix path is a socket file on which no process listens, the file is replaced. Any other existing file is
    /// kept, and `.addressInUse` is thrown. If two processes replace a stale file at the same instant, this is not
    /// detected.
    /// - Parameters:
    ///   - endpoint: The endpoint to listen on. The host "0.0.0.0" means all IPv4 addresses, "::" means all IPv6 and
    ///     IPv4 addresses, and a name means each of its addresses.
    ///   - loops: The loops that own the sockets; at least one.
    ///   - backlog: The maximum number of connections that wait to be accepted. The system may apply a lower limit.
    ///   - onAcceptError: Called when accepting fails, at most once per second and loop. Accepting is tried again every
    ///     100 ms.
    ///   - accept: Called with each accepted socket, on the loop that owns it. It must start or close the socket (see
    ///     ``Socket``).
    /// - Returns: The listener, which accepts connections until it is closed or released.
    /// - Throws: The system's error, such as `.addressInUse` if another process listens, `.hostNotFound`,
    ///   `.addressNotAvailable` or `.permissionDenied`.
    package static func listen(
        on endpoint: Endpoint, loops: [EventLoop], backlog: Int32 = 4_096,
        onAcceptError: (@Sendable (SocketError) -> Void)? = nil,
        accept: @escaping @Sendable (Socket) -> Void
    ) async throws(SocketError) -> Listener {
        precondition(!loops.isEmpty, "loops must not be empty")
        let handlers = AcceptHandlers(accept: accept, didFail: onAcceptError)
        switch endpoint {
        case .tcp(let host, let port):
            let addresses = try await resolve(host, port, on: loops[0])
            let binding = try TCPBinding.open(addresses, loops: loops, backlog: backlog)
            return try await start(binding.sockets, at: binding.localAddresses, file: nil, handlers)
        case .unix(let path):
            let (descriptor, file) = try UnixBinding.open(path, backlog: backlog)
            let socket = ListeningSocket(descriptor: descriptor, loop: loops[0], targets: loops)
            let standIns: [ListeningSocket]
            do throws(SocketError) {
                standIns = try socket.standIns(loops)
            } catch {
                cuv_close(descriptor)
                file?.remove()
                throw error
            }
            return try await start([socket] + standIns, at: [.unix(path: path)], file: file, handlers)
        }
    }

    /// Stops accepting, and returns when all descriptors are closed. Connections that were not accepted yet are reset.
    ///
    /// Idempotent. It removes the file of a Unix-domain socket, unless another process has replaced it.
    package func close() async {
        file?.remove()
        isClosed.store(true, ordering: .relaxed)
        for acceptor in acceptors {
            await withCheckedContinuation { continuation in
                acceptor.loop.execute { acceptor.value.close { continuation.resume() } }
            }
        }
    }

    private static func start(
        _ sockets: [ListeningSocket], at addresses: [SocketAddress], file: UnixSocketFile?, _ handlers: AcceptHandlers
    ) async throws(SocketError) -> Listener {
        let acceptors = sockets.map { socket in
            let acceptor = Acceptor(
                descriptor: socket.descriptor, on: socket.loop, targets: socket.targets,
                isStandIn: socket.isStandIn, handlers: handlers)
            return LoopBound(acceptor, loop: socket.loop)
        }
        let listener = Listener(addresses, acceptors, file)
        for acceptor in acceptors {
            let result = await withCheckedContinuation { (continuation: CheckedContinuation<SocketError?, Never>) in
                acceptor.loop.execute {
                    do throws(SocketError) {
                        try acceptor.value.start()
                        continuation.resume(returning: nil)
                    } catch {
                        continuation.resume(returning: error)
                    }
                }
            }
            if let error = result {
                await listener.close()
                throw error
            }
        }
        return listener
    }

    private static func resolve(
        _ host: String, _ port: UInt16, on loop: EventLoop
    ) async throws(SocketError) -> [RawAddress] {
        try await withCheckedContinuation { (continuation: CheckedContinuation<Resolver.Answer, Never>) in
            loop.execute {
                Resolver.resolve(host: host, port: port, on: loop) { continuation.resume(returning: $0) }
            }
        }.get()
    }
}
