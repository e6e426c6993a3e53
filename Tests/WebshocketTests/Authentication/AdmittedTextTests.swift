import Testing
import Webshocket

/// Texts that are in Normalization Form C, and texts that are not.
private enum AdmittedTexts {
    static let normal = [
        "", "ann", "K", "\u{E9}", "\u{C5}ngstr\u{F6}m", "\u{FB01}", "\u{AC00}", "\u{AC01}", "\u{1EAD}", "x\u{302}",
        // Yoruba, Tamil, Bengali and Burmese have marks that combine with other letters.
        "\u{1EB9}\u{301}", "\u{B95}\u{BBE}", "\u{995}\u{9BE}", "\u{1025}\u{102C}", "\u{1F469}\u{200D}\u{1F680}",
        String(repeating: "a", count: 1_000), String(repeating: "\u{E9}", count: 128),
    ]

    static let others =
        Lookalikes.equivalent.map(\.other) + [
            "A\u{30A}ngstro\u{308}m", "\u{37E}", "\u{2126}", "\u{1100}\u{1161}", "\u{AC00}\u{11A8}", "a\u{302}\u{323}",
            "a\u{323}", "\u{958}",
        ]
}

@Suite("A text in an admission", .timeLimit(.minutes(5)))
struct AdmittedTextTests {
    /// Admits every peer. The text in the query or the token is the user ID, or the name of an attribute.
    private struct Handler: WebSocketHandler {
        let isUser: Bool
        let runs = Collected<String>()

        var access: Access {
            .authenticated { request in
                request.queryItems["as"].map { decision($0) } ?? .awaitToken
            } token: { token, _ in
                decision(token)
            }
        }

        private func decision(_ text: String) -> Authentication.Decision {
            isUser ? .admit(userID: text) : .admit(attributes: [text: true])
        }

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws { runs.append("onConnect") }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func status(_ path: String, of server: WebSocketServer) async throws -> String {
        let peer = try await RawPeer(port: server.port)
        defer { peer.close() }
        peer.send(RawFrame.upgrade.replacing("GET / ", with: "GET \(path) "))
        let answer = await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
        return String(decoding: answer.prefix { $0 != 13 }, as: UTF8.self)
    }

    @Test("is accepted if it is in Normalization Form C", arguments: AdmittedTexts.normal, [true, false])
    func taken(text: String, isUser: Bool) async throws {
        try await withServer(Handler(isUser: isUser)) { server in
            let status = try await Self.status("/?as=\(Self.encoded(text))", of: server)
            #expect(status == "HTTP/1.1 101 Switching Protocols")
            try await PacketPeer.connected(to: server, .json) { peer in
                try await peer.expect(true, from: "__authenticate__", .string(text))
            }
        }
    }

    @Test(
        "is refused in any other form, and the log says why", arguments: AdmittedTexts.others, [true, false])
    func refused(text: String, isUser: Bool) async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { level, line in lines.append("\(level) \(line)") }
        let handler = Handler(isUser: isUser)
        try await withServer(handler, configuration) { server in
            let status = try await Self.status("/?as=\(Self.encoded(text))", of: server)
            #expect(status == "HTTP/1.1 403 Forbidden")
            for codec in [PacketCodec.messagePack, .json] {
                try await PacketPeer.connected(to: server, codec) { peer in
                    try await peer.expect(error: .accessDenied, from: "__authenticate__", .string(text))
                    try await peer.expectClose(.policyViolation, "Authentication failed")
                }
            }
            #expect(server.hub.users.isEmpty)
        }
        #expect(handler.runs.values == [])
        let refusals = lines.values.filter { $0.hasPrefix("warning refused an admission: ") }
        #expect(refusals.count == 3)
    }

    @Test("that is refused in a later token changes nothing")
    func renewal() async throws {
        try await withServer(Handler(isUser: true)) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(error: .accessDenied, from: "__authenticate__", "\u{212A}")
                try await peer.expect(nil, from: "__ping__")
                #expect(server.hub.users == ["ann": 1])
            }
        }
    }
}
