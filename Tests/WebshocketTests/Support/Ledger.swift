import EventLoops
import Webshocket

/// A handler that records the method calls that run, and closes connections on request.
final class Ledger: WebSocketHandler {
    let access = Access.everyone
    let runs = Collected<Int>()
    let headers = Collected<String?>()
    let begun = Gate()
    let refuses = Locked(false)

    func onConnect(_ connection: Connection) async throws {
        headers.append(connection.headers["Authorization"])
        if refuses.withLock({ $0 }) { throw ConnectionClosure(.policyViolation, reason: "not you") }
    }
    func run(_ connection: Connection, number: Int) -> Int {
        runs.append(number)
        return number
    }
    /// Closes the connection instead of replying, the first time it is called with a number.
    func drop(_ connection: Connection, number: Int) async -> Int {
        runs.append(number)
        if runs.values.count(where: { $0 == number }) == 1 {
            connection.close(4_000, reason: "dropped")
            try? await Task.sleep(for: .seconds(600))
        }
        return number
    }
    /// Closes the connection instead of replying, each time.
    func dropAlways(_ connection: Connection, number: Int) async {
        runs.append(number)
        connection.close(4_000, reason: "dropped")
        try? await Task.sleep(for: .seconds(600))
    }
    /// Waits until its connection ends. If called again with the same number, replies at once.
    func hang(_ connection: Connection, number: Int) async -> Int {
        runs.append(number)
        if runs.values.count(where: { $0 == number }) == 1 { try? await Task.sleep(for: .seconds(600)) }
        return number
    }
    func end(_ connection: Connection, code: Int, reason: String) {
        connection.close(CloseCode(rawValue: UInt16(clamping: code)), reason: reason)
    }
    func login(_ connection: Connection, user: String) throws {
        guard user != "mallory" else { throw RPCError("no such user") }
        connection.userID = user
    }

    var methods: RPCMethods {
        RPCMethod("run", run)
        RPCMethod("drop", drop)
        RPCMethod("dropAlways", dropAlways)
        RPCMethod("hang", hang)
        RPCMethod("end", end)
        RPCMethod("login", login)
    }
    var channels: ChannelRules {
        ChannelRule("news.*")
        ChannelRule("world.*")
        ChannelRule("guarded.*").requires(Has("userID"))
        ChannelRule("members.*").requires(Has("userID")).announcesMembers()
    }
}

extension ClientConfiguration {
    /// A configuration that reconnects after at most 100 ms.
    static var quick: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(
            base: .milliseconds(20), cap: .milliseconds(100), healthyAfter: .seconds(3_600))
        configuration.connectTimeout = .patient
        return configuration
    }
}

/// Records the events of a client as words.
func transcript(_ client: WebSocketClient) -> (Collected<String>, ClientObservation) {
    let events = Collected<String>()
    return (events, client.observe { events.append($0.word) })
}

extension ClientEvent {
    var word: String {
        switch self {
        case .connecting(let attempt): "connecting \(attempt)"
        case .open(let attempt): "open \(attempt)"
        case .restored: "restored"
        case .waiting(_, let attempt, _): "waiting \(attempt)"
        case .renewed: "renewed"
        case .renewalFailed: "renewal failed"
        case .closed: "closed"
        case .sent: "sent"
        case .received: "received"
        }
    }
}
