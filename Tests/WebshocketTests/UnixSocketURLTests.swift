import Foundation
import Testing
import Webshocket

@Suite("URLs of Unix sockets", .timeLimit(.minutes(5)))
struct UnixSocketURLTests {
    private static func expectCall(_ socket: String, path: String, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let server = WebSocketServer(unixSocket: socket, configuration: .plain) {
            WebSocketRoute("/", SampleHandler())
            WebSocketRoute("/other", SampleHandler())
        }
        try await withServer(server) { server in
            try await withClient(server.url(path: path)) { client in
                let sum: Int = try await client.sendRPC("add", 1, 2)
                #expect(sum == 3, sourceLocation: sourceLocation)
            }
        }
    }

    @Test(
        "connect to sockets with any characters in their path",
        arguments: [
            "plain", "with space", "100%", "a%20b", "a?b=c", "a#b", "a:b", ":/x", "ü ñ 日本", "e\u{301}", "a\tb\nc",
            "[x]@{y}", "a\\b\"c'",
            "..a", "a&b=c;d+e",
        ], ["", "/other", "/other?a=b%20c"])
    func characters(name: String, path: String) async throws {
        try await withSocketFolder { folder in
            let socket = name.contains("/") ? "\(folder)\(name)" : "\(folder)/\(name)"
            let parent = socket[..<(socket.lastIndex(of: "/") ?? socket.startIndex)]
            try FileManager.default.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
            try await Self.expectCall(socket, path: path)
        }
    }

    @Test("connect to sockets with a relative path")
    func relative() async throws {
        try await withSocketFolder { folder in
            let levels = FileManager.default.currentDirectoryPath.split(separator: "/").count
            let socket = String(repeating: "../", count: levels) + folder.dropFirst() + "/a b"
            try await Self.expectCall(socket, path: "/other")
        }
    }

    @Test("have an absolute, percent-encoded path")
    func text() {
        let server = WebSocketServer(unixSocket: "/run/my app/100%.sock", handler: SampleHandler())
        #expect(server.url == "ws+unix:///run/my%20app/100%25.sock")
        #expect(server.url(path: "/a?b") == "ws+unix:///run/my%20app/100%25.sock:/a?b")
        let relative = WebSocketServer(unixSocket: "app.sock", handler: SampleHandler())
        #expect(relative.url.hasPrefix("ws+unix:///") && relative.url.hasSuffix("/app.sock"))
        let long = String(repeating: "x", count: 100)
        let tooLong = WebSocketServer(unixSocket: long, handler: SampleHandler())
        #expect(tooLong.url == "ws+unix://./\(long)" || tooLong.url.hasSuffix("/\(long)"))
    }

    @Test(
        "with another form are refused",
        arguments: [
            "ws+unix://relative/app.sock", "ws+unix://", "ws+unix:///tmp/100%", "ws+unix:///tmp/%zz",
            "ws+unix:///tmp/%ff",
            "ws+unix:///tmp/a%00b", "ws+unix:///tmp/a b", "ws+unix:///tmp/a#b", "ws+unix:///tmp/a:b",
        ])
    func refused(url: String) async throws {
        let error = await #expect(throws: ClientError.self) { try await WebSocketClient(once: url).connect() }
        #expect(error?.code == .invalidURL)
    }
}
