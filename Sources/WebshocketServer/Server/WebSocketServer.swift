import EventLoops

/// A WebSocket server that listens on one address and serves each path with its handler.
///
///     let server = WebSocketServer(host: "127.0.0.1", port: 5000, handler: GameHandler())
///     try await server.serve()
///
/// It can be used from any thread. A server runs only once; to serve again after it has stopped, create another.
public final class WebSocketServer: Sendable {
    /// The resources of a running server.
    struct Running {
        let listener: any ConnectionListener
        let group: EventLoopGroup
        let loops: [LoopBound<ServerLoop>]
        let context: ServerContext
        /// The working directory when the server began to listen.
        let workingDirectory: String?
        /// The watchdog; nil if it is disabled.
        let watch: LoopWatch?

        /// Whether the caller is code that the server runs and may wait for, on any thread or executor.
        var runsCaller: Bool {
            let served = TaskBag.loop
            return group.loops.contains { $0.isCurrent || ObjectIdentifier($0) == served }
        }
    }

    /// The configured address, which may be invalid.
    private enum Address {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    enum State {
        case idle
        case starting
        case running(Running)
        /// A shutdown is in progress. Exit: the last connection has ended → stopped.
        case stopping(Running)
        case stopped
    }

    private let address: Address
    let configuration: ServerConfiguration
    private let paths: [AnyRoute]
    /// The handler that queues connections for `accept()`; nil if the server has handlers.
    let acceptor: AcceptingHandler?
    let hubs: [String: Hub]
    let security = ServerSecurity()
    let state = Locked(State.idle)
    let stopRequested = Gate()
    let stopped = Gate()
    /// The task that completes a shutdown begun by code that the server runs; nil otherwise.
    let ending = Locked<Task<Void, Never>?>(nil)

    /// Creates a server with one handler at the path `/`.
    /// - Parameters:
    ///   - host: An IP address or a host name of this machine; `0.0.0.0` or `::` for all addresses.
    ///   - port: 1 to 65,535, or 0 for any free port, which ``port`` then returns.
    ///   - handler: The handler, shared by all connections.
    ///   - configuration: The optional settings.
    public convenience init(
        host: String = "127.0.0.1", port: Int = 5_000, handler: some WebSocketHandler,
        configuration: ServerConfiguration = ServerConfiguration()
    ) {
        self.init(host: host, port: port, configuration: configuration) { WebSocketRoute("/", handler) }
    }

    /// Creates a server without a handler. Use ``accept()`` to take its connections and ``Connection/receive()`` to
    /// take their packets.
    ///
    ///     let server = WebSocketServer(port: 5000)
    ///     try await server.start()
    ///     let connection = try await server.accept()
    ///     let packet = try await connection.receive()
    ///
    /// Calls are answered with -32601, because the server has no methods.
    /// - Parameters:
    ///   - host: An IP address or a host name of this machine; `0.0.0.0` or `::` for all addresses.
    ///   - port: 1 to 65,535, or 0 for any free port, which ``port`` then returns.
    ///   - configuration: The optional settings.
    public init(
        host: String = "127.0.0.1", port: Int = 5_000, configuration: ServerConfiguration = ServerConfiguration()
    ) {
        let acceptor = AcceptingHandler()
        address = .tcp(host: host, port: port)
        self.configuration = configuration
        self.acceptor = acceptor
        paths = [AnyRoute(WebSocketRoute("/", acceptor))]
        hubs = Self.hubs(paths, configuration)
    }

    /// Creates a server with several paths.
    /// - Parameters:
    ///   - host: An IP address or a host name of this machine; `0.0.0.0` or `::` for all addresses.
    ///   - port: 1 to 65,535, or 0 for any free port, which ``port`` then returns.
    ///   - configuration: The optional settings.
    ///   - routes: The served paths: ``WebSocketRoute``, ``HTTPRoute``, ``StaticFiles`` and ``JavaScriptClient``.
    ///     Requests for any other path are answered with 404.
    public init(
        host: String = "127.0.0.1", port: Int = 5_000, configuration: ServerConfiguration = ServerConfiguration(),
        @RoutesBuilder routes: () -> [AnyRoute]
    ) {
        address = .tcp(host: host, port: port)
        self.configuration = configuration
        acceptor = nil
        paths = routes()
        hubs = Self.hubs(paths, configuration)
    }

    /// Creates a server on a Unix-domain socket, with one handler at the path `/`.
    /// - Parameters:
    ///   - path: The path of the socket file. A file left by a terminated server is replaced.
    ///   - handler: The handler, shared by all connections.
    ///   - configuration: The optional settings.
    public convenience init(
        unixSocket path: String, handler: some WebSocketHandler,
        configuration: ServerConfiguration = ServerConfiguration()
    ) {
        self.init(unixSocket: path, configuration: configuration) { WebSocketRoute("/", handler) }
    }

    /// Creates a server with several paths on a Unix-domain socket.
    /// - Parameters:
    ///   - path: The path of the socket file. A file left by a terminated server is replaced.
    ///   - configuration: The optional settings.
    ///   - routes: The served paths: ``WebSocketRoute``, ``HTTPRoute``, ``StaticFiles`` and ``JavaScriptClient``.
    ///     Requests for any other path are answered with 404.
    public init(
        unixSocket path: String, configuration: ServerConfiguration = ServerConfiguration(),
        @RoutesBuilder routes: () -> [AnyRoute]
    ) {
        address = .unix(path: path)
        self.configuration = configuration
        acceptor = nil
        paths = routes()
        hubs = Self.hubs(paths, configuration)
    }

    private static func hubs(_ paths: [AnyRoute], _ configuration: ServerConfiguration) -> [String: Hub] {
        let settings = configuration.hubSettings
        let hubs = paths.compactMap(\.route).map { ($0.path, Hub(path: $0.path, settings: settings)) }
        // Two routes with the same path cause an error at start.
        return Dictionary(hubs) { first, _ in first }
    }
}

// MARK: - Addresses and statistics

extension WebSocketServer {
    /// The port that the server listens on; before the start, the configured port. 0 for a Unix-domain socket.
    public var port: Int {
        switch state.withLock({ $0 }) {
        case .running(let running): Int(running.listener.localAddress.port ?? 0)
        case .idle, .starting, .stopping, .stopped:
            switch address {
            case .tcp(_, let port): port
            case .unix: 0
            }
        }
    }

    /// The URL to which a client on this machine connects.
    public var url: String { url() }

    /// Returns the URL to which a client on this machine connects for a path.
    ///
    /// For a Unix-domain socket, the URL consists of `ws+unix://` and the percent-encoded path of the socket. If `path`
    /// is not empty, a colon and `path` follow.
    /// - Parameter path: Starts with a slash and may include a query; empty for `/`.
    public func url(path: String = "") -> String {
        switch address {
        case .unix(let socket):
            UnixSocketURL.url(path: socket, directory: workingDirectory) + (path.isEmpty ? "" : ":") + path
        case .tcp(let host, _):
            switch host {
            case "0.0.0.0": "\(scheme)://127.0.0.1:\(port)\(path)"
            case "::": "\(scheme)://[::1]:\(port)\(path)"
            default: "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
            }
        }
    }

    /// The directory against which a relative socket path is resolved.
    private var workingDirectory: String? {
        switch state.withLock({ $0 }) {
        case .running(let running), .stopping(let running): running.workingDirectory
        case .idle, .starting, .stopped: ProcessEnvironment.currentDirectory
        }
    }

    /// The number of times each rate limit was exceeded since the start. Ordered by route and method; each handler's
    /// default limit precedes its methods. Empty while the server is not running.
    public var rateLimits: [RateLimitStatistics] {
        guard case .running(let running) = state.withLock({ $0 }) else { return [] }
        return running.context.limiter.statistics
    }

    /// The number of current connections, including those in the handshake and those that carry requests for pages.
    public var connectionCount: Int {
        guard case .running(let running) = state.withLock({ $0 }) else { return 0 }
        return running.context.counter.count
    }

    var totalConnections: Int {
        guard case .running(let running) = state.withLock({ $0 }) else { return 0 }
        return running.context.counter.countEver
    }
}

// MARK: - Hubs

extension WebSocketServer {
    /// The hub of the path `/` or, if that is not served, of the first route. For other paths, see ``hub(at:)``.
    public var hub: Hub {
        // A server without routes cannot start, so its hub never has connections.
        hubs["/"] ?? paths.lazy.compactMap(\.route).first.flatMap { hubs[$0.path] }
            ?? Hub(path: "/", settings: configuration.hubSettings)
    }

    /// Returns the hub of a path, with its channels, rooms and users. It exists before the server starts.
    /// - Returns: The hub; nil if the path is not served.
    public func hub(at path: String) -> Hub? { hubs[path] }
}

// MARK: - Accepting connections

extension WebSocketServer {
    /// Waits for a connection, on a server that was created without a handler. Connections are returned in the order in
    /// which they were opened.
    ///
    /// At most 1,024 connections are queued. Any further connection is closed with 1013.
    /// - Throws: `CancellationError` if the task is cancelled, ``ServerError`` if the server has stopped or has
    ///   handlers.
    public func accept() async throws -> Connection {
        guard let acceptor else { throw ServerError.servedByHandlers }
        return try await acceptor.accept()
    }
}

// MARK: - Start

extension WebSocketServer {
    /// Starts the server, and returns when clients can connect.
    /// - Throws: ``ServerError``, for example if a method is registered twice, the address is in use, or a setting is
    ///   out of range.
    public func start() async throws(ServerError) {
        let isOurs = state.withLock { state in
            guard case .idle = state, !stopRequested.isOpen else { return false }
            state = .starting
            return true
        }
        guard isOurs else {
            throw ServerError(code: .alreadyStarted, message: "the server has already been started or stopped")
        }
        do throws(ServerError) {
            let running = try await listen()
            state.withLock { $0 = .running(running) }
        } catch {
            state.withLock { $0 = .idle }
            throw error
        }
        if stopRequested.isOpen {
            await stop()
            throw ServerError(code: .alreadyStarted, message: "the server was stopped while it was starting")
        }
    }

    private func listen() async throws(ServerError) -> Running {
        guard !paths.isEmpty else { throw .invalidRoute("the server has no path to serve") }
        let endpoint = try endpoint()
        try security.load(configuration.tls, for: endpoint)
        let context = try ServerContext(of: self, configuration, paths: paths, hubs: hubs, security: security)
        let group = try Self.startLoops(configuration.loops ?? EventLoopGroup.coreCount, configuration.clock)
        context.startHubs(on: group.loops)
        var loops: [ObjectIdentifier: LoopBound<ServerLoop>] = [:]
        for loop in group.loops {
            loops[ObjectIdentifier(loop)] = LoopBound(ServerLoop(loop, context: context), loop: loop)
        }
        do {
            let workingDirectory = ProcessEnvironment.currentDirectory
            let byLoop = loops
            let log = context.log
            let listener = try await configuration.network.listen(
                on: endpoint, loops: group.loops,
                onAcceptError: { log(.warning, .accept, "cannot accept connections: \($0)") },
                accept: { transport in byLoop[ObjectIdentifier(transport.loop)]?.value.accept(transport) })
            if context.limiter.needsSweeping, let first = loops.values.first {
                first.loop.execute { first.value.beginSweeping() }
            }
            return Running(
                listener: listener, group: group, loops: Array(loops.values), context: context,
                workingDirectory: workingDirectory, watch: context.watch(group.loops))
        } catch {
            await group.shutdown()
            throw ServerError(code: .cannotListen, message: "cannot listen on \(endpoint): \(error)")
        }
    }

    private static func startLoops(_ count: Int, _ clock: LoopClock) throws(ServerError) -> EventLoopGroup {
        do throws(SocketError) {
            return try EventLoopGroup.start(loops: count, name: "webshocket", clock: clock)
        } catch {
            throw ServerError(code: .outOfResources, message: "cannot start \(count) event loops: \(error)")
        }
    }

    /// - Throws: ``ServerError`` if the port is out of range.
    private func endpoint() throws(ServerError) -> Endpoint {
        switch address {
        case .unix(let path): return .unix(path: path)
        case .tcp(let host, let port):
            guard let number = UInt16(exactly: port) else {
                throw ServerError(
                    code: .invalidConfiguration, message: "port must be between 0 and 65535 (got \(port))")
            }
            return .tcp(host: host, port: number)
        }
    }
}
