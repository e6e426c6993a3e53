import EventLoops
import Testing
import Webshocket

/// The tests use a clock that only the handler advances, so no timer fires.
@Suite("An admission that expires", .timeLimit(.minutes(5)))
struct ExpiringAdmissionTests {
    private typealias Wire = ExpiredAdmissionTests

    @Test("runs no messages that were read before it expired, although no timer has fired")
    func pipelined() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.short)
        try await withServer(handler, .manual(handler.clock)) { server in
            var bytes = Wire.upgrade("/?as=ann", .json) + (try Wire.call("outlast", as: .json))
            for _ in 0..<10 { bytes += try Wire.call("count", as: .json) }
            let answer = try await Wire.answer(to: bytes, of: server)
            #expect(answer.suffix(Wire.close.count).elementsEqual(Wire.close))
        }
        #expect(handler.runs.values.contains("outlast") && !handler.runs.values.contains("count"))
    }

    @Test("does not start a call that waited for the limit on calls in flight")
    func heldCall() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.long)
        var configuration = ServerConfiguration.manual(handler.clock)
        configuration.limits.callsInFlight = 1
        try await withServer(handler, configuration) { server in
            let bytes =
                try Wire.upgrade("/?as=ann", .json) + Wire.call("__authenticate__", "short", as: .json)
                + Wire.call("outlastLater", as: .json) + Wire.call("count", as: .json)
            let answer = try await Wire.answer(to: bytes, of: server)
            #expect(answer.suffix(Wire.close.count).elementsEqual(Wire.close))
        }
        #expect(handler.runs.values.contains("outlast") && !handler.runs.values.contains("count"))
    }

    @Test("ends a stream without further elements")
    func stream() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.long)
        let answers = try await Self.answersBeforeTheEnd(of: handler, "elements", thenTokens: "short", "outlast")
        #expect(answers == ["short"])
    }

    @Test("delivers no messages after it has expired")
    func deliveries() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.long)
        let answers = try await Self.answersBeforeTheEnd(of: handler, "hold", thenTokens: "short", "outlast")
        #expect(answers == ["short"])
    }

    @Test("is not renewed by a token that is accepted after it expired")
    func lateRenewal() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.long)
        try await withServer(handler, .manual(handler.clock)) { server in
            let bytes =
                try Wire.upgrade("/?as=ann", .json) + Wire.call("__authenticate__", "short", as: .json)
                + Wire.call("__authenticate__", "slow", id: "slow", as: .json) + Wire.call("outlast", as: .json)
                + Wire.call("hold", id: "hold", as: .json)
            let answer = try await Wire.answer(to: bytes, of: server)
            #expect(answer.firstRange(of: Array(#""call_id":"a","response":true"#.utf8)) != nil)
            #expect(answer.firstRange(of: Array(#""call_id":"slow","response":true"#.utf8)) == nil)
            #expect(answer.suffix(Wire.close.count).elementsEqual(Wire.close))
        }
    }

    @Test("by a later token closes the connection", arguments: [Duration.zero, .seconds(-1)])
    func renewal(lifetime: Duration) async throws {
        let handler = ExpiringHandler(lifetime: lifetime)
        try await withServer(handler, .manual(handler.clock)) { server in
            let bytes =
                try Wire.upgrade("/", .json) + Wire.call("__authenticate__", "short", as: .json)
                + Wire.call("__authenticate__", "ann", id: "zero", as: .json) + Wire.call("count", as: .json)
            let answer = try await Wire.answer(to: bytes, of: server)
            #expect(answer.firstRange(of: Array(#""call_id":"a","response":true"#.utf8)) != nil)
            #expect(answer.firstRange(of: Array(#""call_id":"zero","response":true"#.utf8)) == nil)
        }
        #expect(!handler.runs.values.contains("count"))
    }

    /// Calls a method on a connection that expires before a timer fires.
    /// - Parameters:
    ///   - method: The first method to call. It waits until the admission has expired.
    ///   - tokens: The tokens to send in a single write, the last one as a notification.
    /// - Returns: The ID, or else the data, of each packet that was received before the close frame.
    private static func answersBeforeTheEnd(
        of handler: ExpiringHandler, _ method: String, thenTokens tokens: String...
    ) async throws -> [String] {
        var answers: [String] = []
        try await withServer(handler, .manual(handler.clock)) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(true, from: "__subscribe__", "news")
                try peer.call(method, [], id: method)
                await handler.isHolding.wait()
                peer.send(tokens: tokens)
                while let packet = try? await peer.packet() {
                    switch packet.rpc {
                    case .response(let response): answers.append(response.callID)
                    case .request, nil: answers.append("\(packet.data ?? .null)")
                    }
                }
            }
        }
        return answers
    }
}

extension PacketPeer {
    /// Sends tokens in one write, the last one as a notification.
    fileprivate func send(tokens: [String]) {
        let frames = tokens.map { token in
            let end = token == tokens.last ? #""notify":true"# : #""call_id":"\#(token)""#
            return RawFrame.text(
                #"{"source":5,"rpc":{"type":"request","method":"__authenticate__","args":["\#(token)"],\#(end)}}"#)
        }
        send(bytes: frames.flatMap { $0 })
    }
}
