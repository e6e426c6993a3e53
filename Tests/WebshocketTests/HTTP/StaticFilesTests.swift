import BlockingPeers
import Foundation
import Testing
import Webshocket

@Suite("A folder of files", .timeLimit(.minutes(5)))
struct StaticFilesTests {
    private func withFolder(
        _ configuration: ServerConfiguration = .quiet, _ body: (WebSocketServer, TestFolder) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        var headers = HTTPHeaders()
        try headers.add(name: "Cache-Control", value: "no-cache")
        try await withServer(
            configuration,
            routes: {
                WebSocketRoute("/", access: .everyone) { connection, message in connection.send(message) }
                WebSocketRoute("/ws", access: .everyone) { _, _ in }
                StaticFiles("/", in: folder.path, headers: headers)
                StaticFiles("/deep/", in: "\(folder.path)/sub")
                HTTPRoute("/style.js") { _ in .text("a page") }
            }
        ) { try await body($0, folder) }
    }

    @Test(
        "is served by file name, with content types",
        arguments: [
            ("/style.css", "text/css; charset=utf-8", "p { color: red }"),
            ("/", "text/html; charset=utf-8", "<h1>index"), ("/sub/", "text/html; charset=utf-8", "sub page"),
            ("/a%20b.txt?x=1", "text/plain; charset=utf-8", "é"),
            ("/in.txt", "text/plain; charset=utf-8", "p { color: red }"),
            ("/deep/", "text/html; charset=utf-8", "sub page"), ("/style.js", "text/plain; charset=utf-8", "a page"),
        ])
    func files(path: String, type: String, text: String) async throws {
        try await withFolder { server, _ in
            let answer = try await HTTPPeer.get(server.port, path)
            #expect(answer.status == 200 && answer.text == text && answer["Content-Type"] == type)
            #expect(answer["X-Content-Type-Options"] == "nosniff" && answer.values("Connection") == [])
            #expect(answer.values("Content-Length") == [String(text.utf8.count)])
        }
    }

    @Test("serves nothing outside itself, whatever the path")
    func traversal() async throws {
        let paths = [
            "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/sub/../../secret.txt",
            "/sub/..%5c..%5csecret.txt", "/..%5csecret.txt", "/%252e%252e/secret.txt", "/%c0%ae%c0%ae/secret.txt",
            "/%00/../secret.txt", "/style.css%00.txt", "//etc/passwd", "/%2fetc%2fpasswd", "/.env", "/%2eenv",
            "/sub/.git/a",
            "/out.txt", "/outside/secret.txt", "/outside", "/outside/", "/loop", "/gone", "/pipe", "/empty/",
            "/style.css/",
            "/nothing.txt", "/deep/../.env", "/deep2", "/\(String(repeating: "a", count: 300))",
            "/\(String(repeating: "a/", count: 2_500))",
        ]
        try await withFolder { server, _ in
            let peer = try await HTTPPeer(port: server.port)
            for path in paths {
                let answer = try await peer.get(path)
                #expect(answer.status == 404 && !answer.text.contains("secret"), "\(path)")
            }
            for method in ["POST", "HEAD"] {
                #expect(try await HTTPPeer.get(server.port, "/out.txt", method: method).status == 404)
            }
        }
    }

    @Test("redirects a request for a folder to the path with a trailing slash")
    func redirects() async throws {
        try await withFolder { server, _ in
            let peer = try await HTTPPeer(port: server.port)
            for (path, place) in [
                ("/sub", "/sub/"), ("/sub?a=1", "/sub/?a=1"), ("/deep", "/deep/"), ("/empty", "/empty/"),
            ] {
                let answer = try await peer.get(path)
                #expect(answer.status == 301 && answer["Location"] == place)
            }
            // A location that begins with two slashes would name another host.
            #expect(try await peer.get("//sub").status == 404)
        }
    }

    @Test("answers 304 to a client that has the file, until the file changes")
    func conditions() async throws {
        try await withFolder { server, folder in
            let peer = try await HTTPPeer(port: server.port)
            let first = try await peer.get("/style.css")
            let tag = try #require(first["ETag"])
            let second = try await peer.get("/style.css", "If-None-Match: W/\(tag)")
            #expect(second.status == 304 && second.body.isEmpty && second["ETag"] == tag)
            #expect(second["Cache-Control"] == "no-cache" && second["Content-Type"] == nil)
            try folder.write("p {}", to: "style.css")
            let third = try await peer.get("/style.css", "If-None-Match: \(tag)")
            #expect(third.status == 200 && third.text == "p {}" && third["ETag"] != tag)
        }
    }

    @Test("serves files of any size, and only their headers for HEAD")
    func sizes() async throws {
        try await withFolder { server, folder in
            let peer = try await HTTPPeer(port: server.port)
            for size in [0, 1, 32_767, 32_768, 32_769, 1_000_000] {
                // The period has a prime length, so that no two chunks are equal.
                let text = String(repeating: "0123456789abcdefg", count: size / 17 + 1).prefix(size)
                let data = Data(text.utf8)
                try folder.write(data, to: "data.bin")
                let answer = try await peer.get("/data.bin")
                let isWhole = Data(answer.body) == data
                #expect(isWhole && answer["Content-Type"] == "application/octet-stream")
                let head = try await peer.get("/data.bin", method: "HEAD")
                #expect(head.undated == answer.undated)
            }
        }
    }

    @Test("answers other methods with 405 if a file exists, and does not affect the paths of WebSockets")
    func methods() async throws {
        try await withFolder { server, _ in
            #expect(try await HTTPPeer.get(server.port, "/style.css", method: "POST")["Allow"] == "GET, HEAD")
            #expect(try await HTTPPeer.get(server.port, "/nothing", method: "POST").status == 404)
            #expect(try await HTTPPeer.get(server.port, "/ws").status == 426)
            try await withRawClient("\(server.url)/") { client in
                try await client.send(.text("hi"))
                #expect(try await client.receive() == .text("hi"))
            }
        }
    }

    @Test(
        "yields to pages and to longer prefixes, however a path is encoded",
        arguments: [
            ("/style.css", "page"), ("/sty%6ce.css", nil), ("/style%2Ecss", nil), ("/a+b", "page"), ("/a%2Bb", nil),
            ("/a%2bb", nil), ("/%C3%A9", "page"), ("/%c3%a9", nil), ("/c+d/x.txt", "other"), ("/c%2bd/x.txt", nil),
            ("/c%2bd/", nil), ("/%69n.txt", nil), ("/in.txt", "p { color: red }"), ("/a%20b.txt", "é"),
            ("/%C3%A9%2B", "file"), ("/%c3%a9+", "file"),
        ] as [(String, String?)])
    func encodedPaths(path: String, text: String?) async throws {
        let folder = try TestFolder()
        for name in ["a+b", "é", "c+d/x.txt", "c+d/index.html", "é+"] { try folder.write("file", to: name) }
        try folder.write("other", to: "sub/x.txt")
        try await withServer(routes: {
            StaticFiles("/", in: folder.path)
            StaticFiles("/c+d", in: "\(folder.path)/sub")
            HTTPRoute("/style.css") { _ in .text("page") }
            HTTPRoute("/a+b") { _ in .text("page") }
            HTTPRoute("/%C3%A9") { _ in .text("page") }
        }) { server in
            let answer = try await HTTPPeer.get(server.port, path)
            #expect(answer.status == (text == nil ? 404 : 200))
            if let text { #expect(answer.text == text) }
        }
    }

    @Test("or a page must have a path that is valid in a request", arguments: ["/größe", "/a b", "/a\u{7F}", "/a\tb"])
    func carriedPaths(path: String) async throws {
        let folder = try TestFolder()
        for server in [
            WebSocketServer(port: 0, configuration: .quiet, routes: { HTTPRoute(path) { _ in .notFound } }),
            WebSocketServer(port: 0, configuration: .quiet, routes: { StaticFiles(path, in: folder.path) }),
        ] {
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.code == .invalidRoute)
        }
    }

    @Test("must exist and be a folder when the server starts", arguments: ["/no/such/folder", "/dev/null"])
    func missing(folder: String) async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet) { StaticFiles("/", in: folder) }
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.message.contains(folder) == true)
    }

    @Test("closes the connection if a file is truncated while it is sent")
    func cut() async throws {
        try await withFolder(.plain) { server, folder in
            try folder.write(Data(count: 16_000_000), to: "data.bin")
            let port = server.port
            let count = try await BlockingPeer.aside {
                let peer = try BlockingPeer(port: port)
                try peer.send(HTTPPeer.head("GET", "/data.bin"))
                guard peer.receive(100) == 100 else { return Int?.none }
                // Most of the file does not fit into any buffer.
                folder.cut("data.bin", to: 100)
                return peer.receive(.max)
            }
            #expect(try #require(count) < 16_000_000)
        }
    }
}
