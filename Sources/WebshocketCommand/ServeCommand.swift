import CMemory
import EventLoops
import Webshocket

/// `webshocket serve`: serves the demonstration methods on `/`, echoes raw messages on `/echo`, and optionally serves
/// files and the client for browsers.
struct ServeCommand {
    private let host: String
    private let port: Int
    private let files: String?
    private let javaScriptClient: String?
    private var configuration = ServerConfiguration()

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(
            words,
            valued: [
                "host", "port", "loops", "max-message", "json-frames", "origin", "patterns", "slow-consumers",
                "connections", "connections-per-address", "trust-proxy", "cert", "key", "client-ca",
                "ping", "files", "javascript-client",
            ], flags: ["compression", "forwarded", "proxy-protocol"])
        if let stray = arguments.positional.first { throw UsageError("unexpected argument '\(stray.redacted)'") }
        host = arguments.last("host") ?? "127.0.0.1"
        port = try arguments.number("port", in: 0...65_535) ?? 5_000
        files = arguments.last("files")
        javaScriptClient = arguments.last("javascript-client")
        configuration.loops = try arguments.number("loops", in: 1...1_024)
        if let size = try arguments.number("max-message", in: 1...1_073_741_824) {
            configuration.limits.messageSize = size
            // A message of that size may arrive in fragments of 64 bytes, followed by an empty final fragment.
            configuration.limits.fragments = max(size / 64 + 1, configuration.limits.fragments)
            configuration.limits.replySize = max(size, configuration.limits.replySize)
            configuration.limits.outboundQueue = max(size, configuration.limits.outboundQueue)
        }
        if arguments.has("compression") { configuration.compression = CompressionOptions() }
        if let frames = arguments.last("json-frames") {
            guard let frames = ServerConfiguration.JSONFrames(rawValue: frames) else {
                throw UsageError("--json-frames must be text or binary (got '\(frames)')")
            }
            configuration.jsonFrames = frames
        }
        switch arguments.last("patterns") {
        case nil, "segments": break
        case "globs": configuration.patterns = .globs
        case .some(let other): throw UsageError("--patterns must be segments or globs (got '\(other)')")
        }
        switch arguments.last("slow-consumers") {
        case nil, "disconnect": break
        case "drop-oldest": configuration.slowConsumers = .dropOldest
        case "keep-latest": configuration.slowConsumers = .keepLatest
        case .some(let other):
            throw UsageError("--slow-consumers must be disconnect, drop-oldest or keep-latest (got '\(other)')")
        }
        configuration.limits.connections = try arguments.number("connections", in: 1...1_000_000)
        configuration.limits.connectionsPerAddress = try arguments.number("connections-per-address", in: 1...1_000_000)
        if let seconds = try arguments.number("ping", in: 1...86_400) {
            // A ping is not sent until the previous one is answered or has timed out. A peer has about 20 s to respond,
            // independent of the interval.
            configuration.timeouts.heartbeat = Heartbeat(
                interval: .seconds(seconds), timeout: .seconds(min(seconds, 20)), missedPings: max(20 / seconds, 1))
        }
        configuration.trustedProxies = try Self.trustedProxies(arguments)
        if let identity = try arguments.identity() {
            var tls = ServerTLS(certificateChain: identity.certificateChain, privateKey: identity.privateKey)
            if let authorities = arguments.last("client-ca") {
                tls.clientCertificates = .required(authorities: .file(authorities))
            }
            configuration.tls = tls
        } else if arguments.last("client-ca") != nil {
            throw UsageError("--client-ca requires --cert and --key")
        }
        let origins = arguments.all("origin")
        if !origins.isEmpty { configuration.origins = origins.contains("any") ? .any : .allow(origins) }
    }

    private static func trustedProxies(_ arguments: Arguments) throws(UsageError) -> TrustedProxies? {
        let networks = arguments.all("trust-proxy").flatMap { $0.split(separator: ",").map(String.init) }
        let conventions = [("forwarded", TrustedProxies.AddressSource.forwarded), ("proxy-protocol", .proxyProtocol)]
            .filter { arguments.has($0.0) }
        guard conventions.count <= 1 else {
            throw UsageError("--forwarded and --proxy-protocol cannot be combined")
        }
        guard !networks.isEmpty else {
            if let (flag, _) = conventions.first { throw UsageError("--\(flag) requires --trust-proxy") }
            return nil
        }
        return TrustedProxies(networks, addressSource: conventions.first?.1 ?? .forwardedFor)
    }

    /// Prepares the process. Must be called before the first `await`.
    func prepareProcess() throws(ResourceShortage) {
        ProcessSetup.raiseDescriptorLimit()
        let loops = configuration.loops ?? EventLoopGroup.coreCount
        try ProcessSetup.checkResources(loops: loops, listeners: loops)
    }

    func run() async throws {
        let handler = Demonstration()
        let server = WebSocketServer(host: host, port: port, configuration: configuration) {
            WebSocketRoute("/", handler)
            WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
            if let files { StaticFiles("/", in: files) }
            if let javaScriptClient { JavaScriptClient(javaScriptClient) }
        }
        // SIGHUP must be handled before the URL is announced, because a script may send the signal after that.
        let (watching, isWatching) = AsyncStream.makeStream(of: Void.self)
        async let _: Void = reload(server) { isWatching.finish() }
        for await _ in watching {}
        async let _: Void = trimMemory()
        let lines = handler.methods.signatures.map { "\t\($0)" }
        try await serve(server) { try Terminal.announce((["Serving \(server.url)"] + lines).joined(separator: "\n")) }
    }

    /// Runs a server until it is stopped by a signal, or until the announcement of its URL throws.
    private func serve(_ server: WebSocketServer, announce: @escaping @Sendable () throws -> Void) async throws {
        let (announcement, isAnnounced) = AsyncThrowingStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.serve { isAnnounced.finish(throwing: Result(catching: announce).failure) }
            }
            group.addTask { for try await _ in announcement {} }
            // Not `waitForAll`: the first error ends the other task.
            while try await group.next() != nil {}
        }
    }

    /// Returns freed memory to the system every 10 seconds, until the server has stopped. Otherwise glibc would keep
    /// the memory of a burst of small allocations.
    private func trimMemory() async {
        while (try? await Task.sleep(for: .seconds(10))) != nil { cmemory_trim() }
    }

    /// Reloads the TLS files on SIGHUP, until its task is cancelled.
    /// - Parameter isReady: Called when the signal is handled, or if the server does not use TLS.
    private func reload(_ server: WebSocketServer, isReady: @Sendable () -> Void) async {
        guard configuration.tls != nil else { return isReady() }
        await server.reloadTLSOnHangUp(isReady: isReady)
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
