import EventLoops
import Webshocket

/// The results of one run.
struct Run: Sendable {
    let deliveries: Int
    let seconds: Double
    /// The processor time of the server in seconds; nil if unknown.
    let processor: Double?
    let latencies: Latencies
    /// The memory of the server in bytes: before, the maximum, and after.
    let memory: [Int]
    let slowConsumers: [String: Int]

    var p99: Double { Double(latencies.quantile(0.99)) }
    var perDelivery: Double? { processor.map { $0 / Double(deliveries) } }

    /// Starts a server, connects the peers, publishes all messages, and reads the server's counters.
    static func measure(_ plan: Plan, stalled: Int, on loop: EventLoop) async throws -> Run {
        let server = try ServerProcess(plan)
        defer { server.end() }
        let memory = Locked<[Int]>([])
        let identifier = server.identifier
        let sample: @Sendable () -> Void = {
            guard let usage = ServerProcess.Usage(of: identifier) else { return }
            memory.withLock { $0.append(usage.memory) }
        }
        let load = await on(loop) { LoopBound(Load(plan, on: loop, sample: sample), loop: loop) }
        defer { loop.execute { load.value.close() } }

        for number in 0..<plan.subscribers {
            try await connect(server, loop) { socket, completion in
                load.value.addSubscriber(socket, isStalled: number < stalled, completion)
            }
        }
        try await connect(server, loop) { socket, completion in load.value.addPublisher(socket, completion) }

        let before = server.usage
        try await withCheckedThrowingContinuation { completion in
            loop.execute { load.value.run(completion) }
        }
        let after = server.usage
        sample()

        let client = WebSocketClient("ws://127.0.0.1:\(server.port)")
        try await client.connect()
        let counts: [String: Int] = try await client.sendRPC("slow_consumers")
        await client.close()
        let (latencies, time) = await on(loop) { (load.value.latencies, load.value.time) }
        let samples = memory.withLock { $0 }
        return Run(
            deliveries: latencies.count, seconds: Double(time.nanoseconds) / 1e9,
            processor: after.flatMap { after in before.map { after.processor - $0.processor } }, latencies: latencies,
            memory: [samples.first ?? 0, samples.max() ?? 0, samples.last ?? 0], slowConsumers: counts)
    }

    private static func connect(
        _ server: ServerProcess, _ loop: EventLoop,
        _ add: @escaping @Sendable (Socket, CheckedContinuation<Void, any Error>) -> Void
    ) async throws {
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: server.port)
        try await withCheckedThrowingContinuation { (completion: CheckedContinuation<Void, any Error>) in
            Socket.connect(to: endpoint, on: loop, timeout: .seconds(10)) { result in
                switch result {
                case .success(let socket): add(socket, completion)
                case .failure(let error): completion.resume(throwing: error)
                }
            }
        }
    }

    private static func on<Result: Sendable>(
        _ loop: EventLoop, _ body: @escaping @Sendable () -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body()) }
        }
    }
}
