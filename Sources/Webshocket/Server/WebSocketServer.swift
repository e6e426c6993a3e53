import EventLoops

/// A server: it listens on one address and serves each path's handler to the peers that connect there.
///
///     let server = WebSocketServer(host: "127.0.0.1", port: 5000, handler: GameHandler())
///     try await server.run()
///
/// It may be used from any thread. It runs once: when it has stopped, make a new one.
public final class WebSocketServer: Sendable {
    /// A server that has started: what there is to stop.
    struct Running {
        let listener: Listener
        let group: EventLoopGroup
        let loops: [LoopBound<ServerLoop>]
        let context: ServerContext
        /// The working directory when the server began to listen.
        let workingDirectory: String?
        /// Nil if the loops are not watched.
        let watch: LoopWatch?

        /// Whether the caller is code that the server runs and may wait for, on whichever thread or executor.
        var runsCaller: Bool {
            let served = TaskBag.loop
            return group.loops.contains { $0.isCurrent || ObjectIdentifier($0) == served }
        }
    }

    /// Where it was told to listen, be it possible or not.
    private enum Address {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    enum State {
        case idle
        case starting
        case running(Running)
        /// Ends with the last connection.
        case stopping(Running)
        case stopped
    }

    private let address: Address
    let configuration: ServerConfiguration
    private let paths: [ServedPath]
    /// Of a server without a handler.
    let acceptor: AcceptingHandler?
    let hubs: [String: Hub]
    let security = ServerSecurity()
    let state = Locked(State.idle)
    let stopRequested = Gate()
    let stopped = Gate()
    /// The end of a shutdown that code of the server's own has begun; nil otherwise.
    let ending = Locked<Task<Void, Never>?>(nil)

    /// Makes a server with one handler, at the path `/`.
    /// - Parameters:
    ///   - host: an address or a name of this machine; `0.0.0.0` or `::` for all of its addresses.
    ///   - port: 1 to 65,535, or 0 for any free port; ``port`` tells which.
    ///   - handler: shared by all connections.
    ///   - configuration: what has a default.
    public convenience init(
        host: String = "127.0.0.1", port: Int = 5_000, handler: some WebSocketHandler,
        configuration: ServerConfiguration = ServerConfiguration()
    ) {
        self.init(host: host, port: port, configuration: configuration) { Route("/", handler) }
    }

    /// Makes a server without a handler: ``accept()`` its connections, and ``Connection/receive()`` their packets.
    ///
    ///     let server = WebSocketServer(port: 5000)
    ///     try await server.start()
    ///     let connection = try await server.accept()
    ///     let packet = try await connection.receive()
    ///
    /// Calls are answered with -32601, for it has no methods.
    /// - Parameters:
    ///   - host: an address or a name of this machine; `0.0.0.0` or `::` for all of its addresses.
    ///   - port: 1 to 65,535, or 0 for any free port; ``port`` tells which.
    ///   - configuration: what has a default.
    public init(
        host: String = "127.0.0.1", port: Int = 5_000, configuration: ServerConfiguration = ServerConfiguration()
    ) {
        let acceptor = AcceptingHandler()
        address = .tcp(host: host, port: port)
        self.configuration = configuration
        self.acceptor = acceptor
        paths = [ServedPath(Route("/", acceptor))]
        hubs = Self.hubs(paths, configuration)
    }

    /// Makes a server of several paths.
    /// - Parameters:
    ///   - host: an address or a name of this machine; `0.0.0.0` or `::` for all of its addresses.
    ///   - port: 1 to 65,535, or 0 for any free port; ``port`` tells which.
    ///   - configuration: what has a default.
    ///   - routes: the paths and what is there: ``Route``, ``Page``, ``Files``, ``JavaScriptClient``; others are
    ///     answered with 404.
    public init(
        host: String = "127.0.0.1", port: Int = 5_000, configuration: ServerConfiguration = ServerConfiguration(),
        @RoutesBuilder routes: () -> [ServedPath]
    ) {
        address = .tcp(host: host, port: port)
        self.configuration = configuration
        acceptor = nil
        paths = routes()
        hubs = Self.hubs(paths, configuration)
    }

    /// Makes a server on a Unix-domain socket with one handler, at the path `/`.
    /// - Parameters:
    ///   - unixSocket: where the socket's file is made; one that a dead server left there is replaced.
    ///   - handler: shared by all connections.
    ///   - configuration: what has a default.
    public convenience init(
        unixSocket path: String, handler: some WebSocketHandler,
        configuration: ServerConfiguration = ServerConfiguration()
    ) {
        self.init(unixSocket: path, configuration: configuration) { Route("/", handler) }
    }

    /// Makes a server of several paths on a Unix-domain socket.
    /// - Parameters:
    ///   - unixSocket: where the socket's file is made; one that a dead server left there is replaced.
    ///   - configuration: what has a default.
    ///   - routes: the paths and what is there: ``Route``, ``Page``, ``Files``, ``JavaScriptClient``; others are
    ///     answered with 404.
    public init(
        unixSocket path: String, configuration: ServerConfiguration = ServerConfiguration(),
        @RoutesBuilder routes: () -> [ServedPath]
    ) {
        address = .unix(path: path)
        self.configuration = configuration
        acceptor = nil
        paths = routes()
        hubs = Self.hubs(paths, configuration)
    }

    private static func hubs(_ paths: [ServedPath], _ configuration: ServerConfiguration) -> [String: Hub] {
        let settings = configuration.hubSettings
        let hubs = paths.compactMap(\.route).map { ($0.path, Hub(path: $0.path, settings: settings)) }
        // Two routes with one path are an error at start.
        return Dictionary(hubs) { first, _ in first }
    }
}

// MARK: - What it tells

extension WebSocketServer {
    /// The port that the server listens on; before it has started, the one that it was made with. 0 for a
    /// Unix-domain socket.
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

    /// Where a client on this machine connects to.
    public var url: String { url() }

    /// Where a client on this machine connects to for one path.
    ///
    /// For a Unix-domain socket it is `ws+unix://`, the percent-encoded path of the socket and, if `path` is not empty, a
    /// colon and `path`.
    /// - Parameter path: begins with a slash, and may carry a query; empty for `/`.
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

    /// The directory that a relative path of the socket starts from.
    private var workingDirectory: String? {
        switch state.withLock({ $0 }) {
        case .running(let running), .stopping(let running): running.workingDirectory
        case .idle, .starting, .stopped: ProcessEnvironment.currentDirectory
        }
    }

    /// How often each rate limit was exceeded since the start, in the order of the routes and of their methods, each
    /// handler's default before them; empty while the server does not run.
    public var rateLimits: [RateLimitStatistics] {
        guard case .running(let running) = state.withLock({ $0 }) else { return [] }
        return running.context.limiter.statistics
    }

    /// How many connections there are: those included that still shake hands, and those that carry requests for pages.
    public var connectionCount: Int {
        guard case .running(let running) = state.withLock({ $0 }) else { return 0 }
        return running.context.census.count
    }

    var connectionsEver: Int {
        guard case .running(let running) = state.withLock({ $0 }) else { return 0 }
        return running.context.census.countEver
    }
}

// MARK: - Reaching many

extension WebSocketServer {
    /// The hub of the path `/` or, where that is not served, of the first route; see ``hub(at:)``.
    public var hub: Hub {
        // A server without routes does not start, and its hub is nobody's.
        hubs["/"] ?? paths.lazy.compactMap(\.route).first.flatMap { hubs[$0.path] }
            ?? Hub(path: "/", settings: configuration.hubSettings)
    }

    /// The hub of a path: its channels, rooms and users; nil for a path that is not served. It is there before the
    /// server starts, without anybody in it.
    public func hub(at path: String) -> Hub? { hubs[path] }
}

// MARK: - Serving by hand

extension WebSocketServer {
    /// Waits for a connection, on a server that was made without a handler; the first to come is the first accepted.
    ///
    /// 1,024 connections wait for it; one more is closed with 1013.
    /// - Throws: `CancellationError` when the task is cancelled; ``StartupError`` when the server has stopped, or has
    ///   handlers.
    public func accept() async throws -> Connection {
        guard let acceptor else { throw StartupError.servedByHandlers }
        return try await acceptor.accept()
    }
}

// MARK: - Life

extension WebSocketServer {
    /// Starts the server; it returns when peers can connect.
    /// - Throws: ``StartupError``: a method registered twice, an address in use, a setting out of its range.
    public func start() async throws(StartupError) {
        let isOurs = state.withLock { state in
            guard case .idle = state, !stopRequested.isOpen else { return false }
            state = .starting
            return true
        }
        guard isOurs else {
            throw StartupError(code: .alreadyStarted, message: "the server has started or stopped before")
        }
        do throws(StartupError) {
            let running = try await listen()
            state.withLock { $0 = .running(running) }
        } catch {
            state.withLock { $0 = .idle }
            throw error
        }
        if stopRequested.isOpen {
            await stop()
            throw StartupError(code: .alreadyStarted, message: "the server was stopped while it started")
        }
    }

    private func listen() async throws(StartupError) -> Running {
        guard !paths.isEmpty else { throw .badRoute("the server has no path to serve") }
        let endpoint = try endpoint()
        try security.load(configuration.tls, for: endpoint)
        let context = try ServerContext(of: self, configuration, paths: paths, hubs: hubs, security: security)
        let group = try Self.startLoops(configuration.loops ?? EventLoopGroup.coreCount)
        context.startHubs(on: group.loops)
        var loops: [ObjectIdentifier: LoopBound<ServerLoop>] = [:]
        for loop in group.loops {
            loops[ObjectIdentifier(loop)] = LoopBound(ServerLoop(loop, context: context), loop: loop)
        }
        do {
            let workingDirectory = ProcessEnvironment.currentDirectory
            let byLoop = loops
            let log = context.log
            let listener = try await Listener.listen(
                on: endpoint, loops: group.loops,
                onAcceptError: { log(.warning, .accept, "cannot accept for now: \($0)") },
                accept: { socket in byLoop[ObjectIdentifier(socket.loop)]?.value.accept(socket) })
            if context.limiter.needsSweeping, let first = loops.values.first {
                first.loop.execute { first.value.beginSweeping() }
            }
            return Running(
                listener: listener, group: group, loops: Array(loops.values), context: context,
                workingDirectory: workingDirectory, watch: context.watch(group.loops))
        } catch {
            await group.shutdown()
            throw StartupError(code: .cannotListen, message: "cannot listen on \(endpoint): \(error)")
        }
    }

    private static func startLoops(_ count: Int) throws(StartupError) -> EventLoopGroup {
        do throws(SocketError) {
            return try EventLoopGroup.start(loops: count, name: "webshocket")
        } catch {
            throw StartupError(code: .outOfResources, message: "cannot start \(count) event loops: \(error)")
        }
    }

    /// - Throws: ``StartupError`` for a port that is none.
    private func endpoint() throws(StartupError) -> Endpoint {
        switch address {
        case .unix(let path): return .unix(path: path)
        case .tcp(let host, let port):
            guard let number = UInt16(exactly: port) else {
                throw StartupError(code: .badConfiguration, message: "port is to be 0 to 65535, not \(port)")
            }
            return .tcp(host: host, port: number)
        }
    }
}
