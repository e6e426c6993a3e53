import EventLoops
import Webshocket

/// A server and its clients on a network in memory, with a clock that the test advances. Nothing waits for real time.
struct VirtualWorld: Sendable {
    let clock = ManualClock()
    let network: MemoryNetwork
    let server: WebSocketServer
    private let clients: EventLoopGroup

    private init(
        _ configuration: ServerConfiguration, _ script: @escaping @Sendable (Int) -> MemoryNetwork.Conditions,
        _ handler: some WebSocketHandler
    ) {
        network = MemoryNetwork(script)
        clients = EventLoopGroup(loops: 1, name: "clients", clock: .manual(clock))
        var configuration = configuration
        configuration.clock = .manual(clock)
        configuration.network = .memory(network)
        configuration.tls = nil
        server = WebSocketServer(configuration: configuration) { WebSocketRoute("/", handler) }
    }

    /// Starts a server for the length of `body`.
    ///
    /// The body and its child tasks run on the clients' loop. So the clock waits for them: a call that `async let`
    /// starts is sent when ``ManualClock/advance(by:)`` begins to advance.
    /// - Parameter script: The conditions of each connection.
    static func with(
        _ handler: some WebSocketHandler, _ configuration: ServerConfiguration = .virtual,
        network script: @escaping @Sendable (Int) -> MemoryNetwork.Conditions = { _ in .init() },
        _ body: (VirtualWorld) async throws -> Void
    ) async throws {
        let world = VirtualWorld(configuration, script, handler)
        try await world.server.start()
        do {
            try await withTaskExecutorPreference(world.clients.loops[0]) { try await body(world) }
        } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    /// Creates a client, which is not connected.
    func client(_ configure: (inout ClientConfiguration) -> Void = { _ in }) -> WebSocketClient {
        var configuration = ClientConfiguration()
        configuration.network = .memory(network)
        configure(&configuration)
        return WebSocketClient("ws://server", configuration: configuration, on: clients.loops[0])
    }

    /// Records the events of a client, with the time in seconds since the call.
    func events(of client: WebSocketClient) -> Collected<String> {
        let lines = Collected<String>()
        let events = client.events()
        let start = clock.now
        Task(executorPreference: clients.loops[0]) {
            for await event in events {
                let time = clock.now - start
                switch event {
                case .open: lines.append("\(time) open")
                case .waiting(let delay, _, _): lines.append("\(time) waiting until \(delay.end - start)")
                case .connecting: lines.append("\(time) connecting")
                case .closed: lines.append("\(time) closed")
                default: break
                }
            }
        }
        return lines
    }

    private func end() async {
        await clients.shutdown()
        await server.stop(within: .zero)
    }
}

extension ServerConfiguration {
    /// The default limits and timeouts, which take no real time with a manual clock.
    static var virtual: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configuration.log = .silent
        configuration.watchdog = nil
        return configuration
    }
}
