import CUV
import Synchronization

/// Accepts connections on one endpoint for any number of loops.
///
/// On Linux every loop has a TCP descriptor of its own, and the kernel spreads connections over them; elsewhere, and
/// for Unix-domain sockets, the first loop accepts for all in turn. If a loop accepts nothing for 10 ms because it is
/// blocked, one of the next three accepts in its place. Stops with ``close()``, or when it is let go.
package final class Listener: Sendable {
    /// Where it listens, the port that it picked included. A name may have several addresses.
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

    /// Binds and listens; connections arrive from now on.
    ///
    /// Throws `.addressInUse` where another process listens, `.hostNotFound`, `.addressNotAvailable` and
    /// `.permissionDenied`. With a Unix path, a socket file that nobody listens on is replaced; any other file is
    /// `.addressInUse` and stays. Two processes that replace a stale file in the same instant are not told apart.
    /// - Parameters:
    ///   - endpoint: "0.0.0.0" for all of IPv4, "::" for all of IPv6 and IPv4; a name listens on each of its addresses.
    ///   - loops: one at least.
    ///   - backlog: connections that wait for a loop to accept them; the system has its own cap below that.
    ///   - onAcceptError: told why accepting fails, at most once a second and loop; it is tried again every 100 ms.
    ///   - accept: called on the loop that owns the socket for life; see ``Socket`` for what it must do.
    package static func listen(
        on endpoint: Endpoint, loops: [EventLoop], backlog: Int32 = 4_096,
        onAcceptError: (@Sendable (SocketError) -> Void)? = nil,
        accept: @escaping @Sendable (Socket) -> Void
    ) async throws(SocketError) -> Listener {
        precondition(!loops.isEmpty, "A listener needs a loop.")
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

    /// Stops accepting and returns when every descriptor is closed; connections that were not accepted yet are reset.
    ///
    /// Idempotent. Removes the file of a Unix-domain socket, if it is still this listener's.
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
