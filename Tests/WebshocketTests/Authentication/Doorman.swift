import EventLoops
import Testing
import Webshocket

/// Admits or refuses peers as the query or the token says, and records events.
final class Doorman: WebSocketHandler {
    struct Broken: Error {}

    let events = Collected<String>()
    /// Opens when a closure waits until it is cancelled.
    let isWaiting = Gate()
    let wasCancelled = Gate()
    let hasLeft = Gate()
    private let takesTokens: Bool

    init(takesTokens: Bool = true) {
        self.takesTokens = takesTokens
    }

    var access: Access {
        guard takesTokens else { return .authenticated { try await self.validate($0) } }
        return .authenticated(challenge: "Bearer realm=\"door\"") {
            try await self.validate($0)
        } token: { token, request in
            try await self.validate(token, request)
        }
    }

    private nonisolated(nonsending) func validate(_ request: HTTPRequest) async throws -> Authentication.Decision {
        switch request.queryItems["as"] {
        case nil: return .awaitToken
        case "401": return .refuse(.unauthorized)
        case "403": return .refuse(.forbidden)
        case "words": return .refuse(.forbidden("Members only."))
        case "broken": throw Broken()
        case "reserved":
            var headers = HTTPHeaders()
            try headers.add(name: "Upgrade", value: "h2c")
            return .admit(headers: headers)
        case "slow":
            await wait()
            return .admit(userID: "slow")
        case "yielding":
            await Task.yield()
            return .admit(userID: "yielding")
        case "brief": return .admit(userID: "brief", expiresAfter: .milliseconds(500))
        case let name?:
            var headers = HTTPHeaders()
            try headers.add(name: "Set-Cookie", value: "seen=1")
            return .admit(userID: name, attributes: ["isAdmin": .bool(name == "ann")], headers: headers)
        }
    }

    private nonisolated(nonsending) func validate(
        _ token: String, _ request: HTTPRequest
    ) async throws -> Authentication.Decision {
        events.append("token \(token) at \(request.path)")
        switch token {
        case "": return .refuse(.unauthorized)
        case "words": return .refuse(.unauthorized("No such token."))
        case "broken": throw Broken()
        case "locked": throw RPCError("locked", code: 4_003, data: 7)
        case "again": return .awaitToken
        case "slow":
            await wait()
            return .admit(userID: "slow")
        case "yielding":
            await Task.yield()
            return .admit(userID: "yielding")
        case "brief": return .admit(userID: "brief", attributes: ["isBrief": true], expiresAfter: .milliseconds(500))
        case "soon": return .admit(userID: "soon", expiresAfter: .seconds(3))
        case let name: return .admit(userID: name, attributes: ["isAdmin": .bool(name == "ann"), "from": "token"])
        }
    }

    private nonisolated(nonsending) func wait() async {
        isWaiting.open()
        try? await Task.sleep(for: .seconds(600))
        events.append(Task.isCancelled ? "cancelled" : "finished")
        wasCancelled.open()
    }

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        await Task.yield()
        events.append("connect \(connection.userID ?? "-")")
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        events.append("disconnect \(connection.userID ?? "-") \(closure)")
        hasLeft.open()
    }

    func attributes(_ connection: Connection) -> [String: WireValue] { connection.attributes }
    func note(_ connection: Connection, text: String) { connection["note"] = .string(text) }
    func end(_ connection: Connection) { connection.close(4_000, reason: "ended") }
    func secret(_ connection: Connection) -> String { "Sensitive Data" }
    func whoami(_ connection: Connection) -> String? { connection.userID }
    func held(_ connection: Connection) async throws { try await connection.clock.sleep(for: .seconds(600)) }
    func users(_ connection: Connection) -> [String] { connection.hub.users.map(\.key).sorted() }

    var methods: RPCMethods {
        RPCMethod("attributes", attributes)
        RPCMethod("note", note)
        RPCMethod("end", end)
        RPCMethod("secret", secret).requires(Is("isAdmin"))
        RPCMethod("users", users)
        RPCMethod("whoami", whoami)
        RPCMethod("held", held)
    }

    var channels: ChannelRules { ChannelRule("news") }
}

extension PacketPeer {
    /// Calls a method without waiting for the response.
    func call(_ method: String, _ arguments: [WireValue], id: String = "a") throws {
        try send(
            Packet(source: .rpc, rpc: .request(RPCRequest(method: method, arguments: arguments, callID: id))))
    }

    /// Receives the next packet, which must be a response.
    func response() async throws -> RPCResponse {
        guard case .response(let response) = try await packet().rpc else { throw NoFrame() }
        return response
    }

    func answer(from method: String, _ arguments: WireValue...) async throws -> RPCResponse {
        try await answer(from: method, arguments)
    }

    private func answer(from method: String, _ arguments: [WireValue]) async throws -> RPCResponse {
        try call(method, arguments)
        return try await response()
    }

    /// Calls a method and expects its result.
    func expect(
        _ result: WireValue, from method: String, _ arguments: WireValue...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await answer(from: method, arguments)
        #expect(answer.data == result && answer.error == nil, sourceLocation: sourceLocation)
    }

    /// Calls a method and expects it to fail.
    /// - Returns: The text of the error.
    @discardableResult
    func expect(
        error: RPCErrorCode?, from method: String, _ arguments: WireValue...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> RPCResponse {
        let answer = try await answer(from: method, arguments)
        #expect(answer.error == error, "\(answer)", sourceLocation: sourceLocation)
        return answer
    }
}
