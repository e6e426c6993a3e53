import EventLoops
import Testing
import Webshocket

@Suite("Secrets in invalid URLs", .timeLimit(.minutes(5)))
struct URLSecretTests {
    @Test(
        "secrets appear neither in the error nor in the log",
        arguments: [
            "ws://ann:SECRET@localhost/", "ws://SECRET@localhost", "wss://ann:a/SECRET@localhost:99999/x",
            "ws://ann:a?SECRET@localhost/", "ws://ann:a#SECRET@localhost/", "ws://ann:SECRET@localhost/?a@b",
            "ws://localhost:0/?token=SECRET", "ws://localhost/?token=SECRET#fragment", "ws://localhost/#SECRET",
            "ws://localhost:0/path?a=1&token=SECRET@x", "http://ann:SECRET@localhost/?token=SECRET",
            "ann:SECRET@localhost", "localhost/?token=SECRET", "ws:/ann:SECRET@localhost", "ws://[::1?token=SECRET",
            "ws://?token=SECRET", "ws+unix://relative:/x?token=SECRET", "ws://local host/?token=SECRET",
            "ws+unix:///tmp/x:y?token=SECRET", "ws://ann:SEC@RET@localhost:0/SECRET@", "ws://a://SECRET@localhost",
            "localhost/?a=SECRET://x", "localhost/?a=SECRET://x?y", "?SECRET://ws://localhost",
        ])
    func hidden(url: String) async throws {
        let lines = Collected<String>()
        var configuration = ClientConfiguration()
        configuration.log = LogSink { _, line in lines.append(line) }
        let client = WebSocketClient(url, configuration: configuration)
        let error = try #require(await #expect(throws: ClientError.self) { try await client.connect() })
        await client.close()
        #expect(error.code == .invalidURL)
        for text in ["\(error)", error.message, String(reflecting: error)] + lines.values {
            #expect(!text.contains("SECRET") && !text.contains("SEC@"), "\(text)")
        }
    }

    @Test("the error shows the URL without its secrets")
    func shown() async throws {
        for (url, text) in [
            ("ws://ann:secret@example.com:5000/chat?a=b", "'ws://…@example.com:5000/chat…'"),
            ("ws://example.com:0/chat?a=b", "'ws://example.com:0/chat?…'"),
            ("http://example.com/", "'http://example.com/'"),
            ("ws://ann:sec?ret@example.com", "'ws://…'"),
        ] {
            let error = await #expect(throws: ClientError.self) { try await WebSocketClient(once: url).connect() }
            #expect(error?.message.hasPrefix(text) == true, "\(String(describing: error))")
        }
    }
}
