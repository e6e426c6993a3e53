import EventLoops

/// Two loops with a manual clock, and connections in memory between them.
struct MemoryPair: Sendable {
    let clock = ManualClock()
    let network: MemoryNetwork
    let group: EventLoopGroup
    private let accepted = Accepted()
    private let listener: any ConnectionListener

    init(
        _ conditions: MemoryNetwork.Conditions = .init(), delegate: @escaping @Sendable () -> Recorder = { Recorder() }
    ) async throws {
        network = MemoryNetwork { _ in conditions }
        group = EventLoopGroup(loops: 2, name: "memory", clock: .manual(clock))
        listener = try await Network.memory(network).listen(
            on: .tcp(host: "", port: 0), loops: [group.loops[0]]
        ) { [accepted] transport in accepted.add(Peer(transport, delegate())) }
    }

    /// Connects a client.
    func connect(_ recorder: Recorder = Recorder()) async throws -> (client: Peer, server: Peer) {
        let client = try await Network.memory(network).connect(
            to: .tcp(host: "", port: 0), on: group.loops[1], timeout: .seconds(1)
        ) { Peer($0, recorder) }
        return (client, try await accepted.next())
    }

    /// Makes a pair for the length of `body`.
    static func with(
        _ conditions: MemoryNetwork.Conditions = .init(),
        delegate: @escaping @Sendable () -> Recorder = { Recorder() }, _ body: (MemoryPair) async throws -> Void
    ) async throws {
        let pair = try await MemoryPair(conditions, delegate: delegate)
        do {
            try await body(pair)
        } catch {
            await pair.end()
            throw error
        }
        await pair.end()
    }

    func end() async {
        await listener.close()
        await group.shutdown()
    }
}
