import EventLoops
import Webshocket

/// Admits peers for a limited time, and records the methods, events and messages that it handles.
final class ExpiringHandler: WebSocketHandler {
    /// The lifetime of an admission by the token `short`. It is so long that no timer fires during a test.
    static let short = Duration.seconds(600)
    /// A lifetime that has not passed after a `short` one.
    static let long = Duration.seconds(6_000)

    /// The clock that ``outlast()`` advances. It has an effect only if the server uses it.
    let clock = ManualClock()

    let runs = Collected<String>()
    /// The gate that the method `hold`, the stream and the token `slow` wait for.
    let release = Gate()
    /// Opens when one of them waits for `release`.
    let isHolding = Gate()
    private let connection = Locked<Connection?>(nil)
    private let lifetime: Duration

    /// - Parameter lifetime: The lifetime of admissions by upgrade request, and by tokens without a special meaning.
    init(lifetime: Duration) {
        self.lifetime = lifetime
    }

    var access: Access {
        .authenticated { [lifetime] request in
            guard let name = request.queryItems["as"] else { return .awaitToken }
            return .admit(userID: name, expiresAfter: lifetime)
        } token: { [self] token, _ in
            switch token {
            case "short": return .admit(userID: "ann", expiresAfter: Self.short)
            case "slow":
                isHolding.open()
                await release.wait()
                return .admit(userID: "renewed")
            case "outlast":
                outlast()
                return .refuse(.unauthorized)
            default: return .admit(userID: token, expiresAfter: lifetime)
            }
        }
    }

    /// Advances the clock until an admission for a `short` time has expired. Then sends to the connection in every
    /// possible way, and resumes the waiting calls.
    private func outlast() {
        runs.append("outlast")
        clock.move(by: Self.short + .nanoseconds(1))
        release.open()
        guard let connection = connection.withLock({ $0 }) else { return }
        try? connection.send("sent")
        try? connection.hub.publish("published", to: "news")
        try? connection.hub.broadcast("broadcast")
        _ = try? connection.hub.send("to the user", toUser: "ann")
    }

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        runs.append("onConnect")
        self.connection.withLock { $0 = connection }
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        runs.append("onDisconnect")
        self.connection.withLock { $0 = nil }
        release.open()
    }

    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        runs.append("onReceive")
    }

    func count(_ connection: Connection) { runs.append("count") }

    func outlast(_ connection: Connection) { outlast() }

    /// Returns after all bytes that were read so far have been parsed, and the admission has expired.
    func outlastLater(_ connection: Connection) async {
        await connection.loop.run {}
        outlast()
    }

    func hold(_ connection: Connection) async {
        isHolding.open()
        await release.wait()
    }

    func elements(_ connection: Connection) -> AsyncStream<Int> {
        AsyncStream { [isHolding, release] in
            isHolding.open()
            await release.wait()
            return 1
        }
    }

    var methods: RPCMethods {
        RPCMethod("count", count)
        RPCMethod("outlast", outlast)
        RPCMethod("outlastLater", outlastLater)
        RPCMethod("hold", hold)
        RPCMethod("elements", elements)
    }

    var messages: MessageHandlers {
        OnEvent("typing") { [runs] (_: Connection) in runs.append("typing") }
        OnText { [runs] (_: Connection, _: String) in runs.append("text") }
    }

    var channels: ChannelRules { ChannelRule("news").allowsPublishing() }
}
