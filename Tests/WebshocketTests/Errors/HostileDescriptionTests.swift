import Testing
import Webshocket

@Suite("Peer text in descriptions")
struct HostileDescriptionTests {
    static let text = "a\u{1b}[2J\u{7f}\u{9b}b\u{202e}c\u{2028}\n\u{e0041}é"
    static let escaped = #"a\u{1b}[2J\u{7f}\u{9b}b\u{202e}c\u{2028}\u{a}\u{e0041}é"#

    @Test("error descriptions escape control and format characters")
    func errors() {
        #expect("\(RPCError(Self.text, code: 7))" == "7: \(Self.escaped)")
        #expect(RPCError(Self.text).message == Self.text)
        let closure = ConnectionClosure(.goingAway, reason: Self.text)
        #expect("\(closure)" == "1001 \(Self.escaped)" && closure.reason == Self.text)
        #expect(Self.text.escapingControlCharacters == Self.escaped)
        #expect(Self.escaped.escapingControlCharacters == Self.escaped)
    }

    @Test("client error descriptions escape control and format characters")
    func clientError() async throws {
        let handler = WebSocketRoute("/", access: .everyone) { connection, _ in
            connection.close(4_000, reason: Self.text)
        }
        try await withServer(routes: { handler }) { server in
            var configuration = ClientConfiguration(codec: .json)
            configuration.reconnect = .never
            let client = WebSocketClient(server.url, configuration: configuration)
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error.map { "\($0)".hasSuffix("the connection ended: 4000 \(Self.escaped)") } == true)
            #expect(error?.closure?.reason == Self.text)
        }
    }

    @Test(
        "value descriptions escape control and format characters",
        arguments: [.string(text), [.string(text)], .map([text: .string(text)])] as [WireValue])
    func values(value: WireValue) {
        let text = value.description
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !$0.properties.isDefaultIgnorableCodePoint })
        #expect(text == text.escapingControlCharacters)
        #expect(text.contains(#"a\u001b[2J\u{7f}\u{9b}b\u{202e}c\u{2028}\n\u{e0041}é"#))
    }

    @Test("descriptions of values without a JSON form escape control and format characters")
    func permissive() {
        let value: WireValue = [.double(.nan), .string(Self.text)]
        #expect(value.description.hasPrefix(#"[nan,"a\u001b[2J"#))
        #expect(value.description == value.description.escapingControlCharacters)
    }
}
