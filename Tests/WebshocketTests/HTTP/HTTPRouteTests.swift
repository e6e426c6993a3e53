import EventLoops
import Testing
import Webshocket

@Suite("A page", .timeLimit(.minutes(5)))
struct HTTPRouteTests {
    struct Flaw: Error {}

    @RoutesBuilder private var paths: [AnyRoute] {
        WebSocketRoute("/", access: .everyone) { connection, message in connection.send(message) }
        HTTPRoute("/hello") { request in .html("<p>hello \(request.queryItems["name"] ?? "you")") }
        HTTPRoute("/slow") { request in
            try await Task.sleep(for: .milliseconds(1))
            return .text(request.cookies["user"] ?? "-")
        }
        HTTPRoute("/json") { _ in try .json(["a": 1]) }
        HTTPRoute("/flawed") { _ in throw Flaw() }
        HTTPRoute("/status") { _ in HTTPResponse(status: 999) }
        HTTPRoute("/moved") { _ in .redirect(to: "/hello?a=\r\nSet-Cookie: b") }
        HTTPRoute("/none") { _ in HTTPResponse(status: 204) }
        HTTPRoute("/forged") { _ in
            var response = HTTPResponse(body: [0, 1])
            try response.headers.add(name: "Content-Length", value: "0")
            try response.headers.add(name: "connection", value: "close")
            try response.headers.add(name: "X-Mine", value: "yes")
            return response
        }
        HTTPRoute("/") { _ in .text("home") }
    }

    private func withPages(
        _ configuration: ServerConfiguration = .quiet, _ body: (WebSocketServer) async throws -> Void
    ) async throws {
        try await withServer(configuration, routes: { paths }, body)
    }

    @Test("sends the response of its closure, and keeps the connection open")
    func answers() async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            var answer = try await peer.get("/hello?name=ann")
            #expect(answer.status == 200 && answer.text == "<p>hello ann")
            #expect(answer.values("Content-Type") == ["text/html; charset=utf-8"])
            #expect(answer.values("Content-Length") == ["12"])
            #expect(answer.values("X-Content-Type-Options") == ["nosniff"])
            #expect(answer.values("Connection") == [])
            answer = try await peer.get("/slow", "Cookie: user=ann")
            #expect(answer.status == 200 && answer.text == "ann")
            answer = try await peer.get("/json")
            #expect(answer.text == #"{"a":1}"# && answer["Content-Type"] == "application/json")
            answer = try await peer.get("/none")
            #expect(answer.status == 204 && answer["Content-Length"] == nil)
            answer = try await peer.get("/")
            #expect(answer.text == "home")
            #expect(server.connectionCount == 1)
            answer = try await peer.get("/hello", "Connection: close")
            #expect(answer.values("Connection") == ["close"])
            #expect(await peer.rest() == "")
        }
    }

    @Test("responds to HEAD with the same headers and no body")
    func heads() async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            for path in ["/hello", "/slow", "/nowhere"] {
                let full = try await peer.get(path)
                let head = try await peer.get(path, method: "HEAD")
                #expect(head.status == full.status && head.undated == full.undated && head.body.isEmpty)
            }
        }
    }

    @Test("has its own headers, but cannot set its length or forge other headers")
    func forgery() async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            var answer = try await peer.get("/forged")
            #expect(answer.body == [0, 1] && answer.values("Content-Length") == ["2"])
            #expect(answer.values("Connection") == [] && answer["X-Mine"] == "yes")
            #expect(answer["Content-Type"] == "application/octet-stream")
            answer = try await peer.get("/moved")
            #expect(answer.status == 302 && answer["Location"] == "/hello?a=%0D%0ASet-Cookie:%20b")
        }
    }

    @Test("that throws responds with 500 and an ID that the log has too", arguments: ["/flawed", "/status"])
    func failure(path: String) async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withPages(configuration) { server in
            let peer = try await HTTPPeer(port: server.port)
            let answer = try await peer.get(path)
            #expect(answer.status == 500 && answer.text.hasPrefix("Internal error (") && !answer.text.contains("Flaw"))
            let id = try #require(answer.text.split(separator: "(").last?.split(separator: ")").first)
            #expect(lines.values.contains { $0.contains("error \(id): ") })
            #expect(try await peer.get("/hello").status == 200)
        }
    }

    @Test(
        "responds with 404 if it does not exist, and with 405 to unsupported methods",
        arguments: [
            ("GET", "/nowhere", 404, nil), ("POST", "/nowhere", 404, nil), ("PUT", "/hello", 405, "GET, HEAD"),
            ("DELETE", "/health", 405, "GET, HEAD"), ("GET", "/ws", 426, nil), ("HEAD", "/ws", 405, "GET"),
            ("POST", "/ws", 405, "GET"), ("POST", "/", 405, "GET, HEAD"), ("get", "/hello", 405, "GET, HEAD"),
            ("GET", "/hello/", 404, nil), ("GET", "/%68ello", 404, nil),
        ] as [(String, String, Int, String?)])
    func statuses(method: String, path: String, status: Int, allow: String?) async throws {
        try await withServer(routes: {
            paths
            WebSocketRoute("/ws", access: .everyone) { _, _ in }
        }) { server in
            let answer = try await HTTPPeer.get(server.port, path, method: method)
            #expect(answer.status == status && answer["Allow"] == allow)
            #expect(answer.values("Connection").isEmpty == (status == 404))
        }
    }

    @Test("is never requested by the body of another request")
    func bodies() async throws {
        try await withPages { server in
            let second = HTTPPeer.head("GET", "/hello")
            for (head, status) in [
                (HTTPPeer.head("POST", "/hello", ["Content-Length: \(second.utf8.count)"]), 405),
                (HTTPPeer.head("POST", "/nowhere", ["Transfer-Encoding: chunked"]), 404),
                (HTTPPeer.head("GET", "/hello", ["Content-Length: \(second.utf8.count)"]), 400),
            ] {
                let peer = try await RawPeer(port: server.port)
                peer.send(head + second)
                let said = await peer.everything()
                #expect(said.hasPrefix("HTTP/1.1 \(status) ") && said.contains("\r\nConnection: close\r\n"))
                #expect(said.split(separator: "HTTP/1.1").count == 1)
            }
        }
    }

    @Test("responds with 304 to a client that has it")
    func conditions() async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            let tag = try #require(try await peer.get("/hello")["ETag"])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            for (condition, status) in [
                (tag, 304), ("\"other\", W/\(tag)", 304), ("*", 304), ("\"other\"", 200), ("", 200),
            ] {
                let answer = try await peer.get("/hello", "If-None-Match: \(condition)")
                #expect(answer.status == status && answer["ETag"] == tag && answer.body.isEmpty == (status == 304))
            }
            #expect(try await peer.get("/hello?name=bob", "If-None-Match: \(tag)").status == 200)
        }
    }

    @Test("responds to HTTP/1.0, even without a host, and then closes the connection")
    func old() async throws {
        try await withPages { server in
            for (request, status) in [
                ("GET /hello HTTP/1.0\r\n\r\n", 200), ("HEAD /health HTTP/1.0\r\nHost: a\r\n\r\n", 200),
                ("GET /nowhere HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 404),
                ("GET /hello HTTP/1.0\r\nHost: a, b\r\n\r\n", 400), ("POST /hello HTTP/1.0\r\n\r\n", 505),
                (RawFrame.upgrade.replacing("HTTP/1.1", with: "HTTP/1.0"), 505),
            ] {
                let peer = try await RawPeer(port: server.port)
                peer.send(request + HTTPPeer.head("GET", "/hello"))
                let said = await peer.everything()
                #expect(said.hasPrefix("HTTP/1.1 \(status) ") && said.contains("\r\nConnection: close\r\n"))
                #expect(said.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
                #expect(said.ranges(of: "\r\nConnection: close\r\n").count == 1)
            }
        }
    }

    @Test("has an entity tag unless it is long")
    func tags() async throws {
        try await withServer(routes: {
            HTTPRoute("/sized") { HTTPResponse(body: [UInt8](repeating: 7, count: Int($0.query ?? "") ?? 0)) }
        }) { server in
            for (size, hasTag) in [(1_048_576, true), (1_048_577, false)] {
                let answer = try await HTTPPeer.get(server.port, "/sized?\(size)", method: "HEAD")
                #expect((answer["ETag"] != nil) == hasTag)
            }
        }
    }

    @Test("is sent in the order of pipelined requests")
    func pipelines() async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            let paths = (0..<300).map { $0 % 3 == 0 ? "/slow" : "/hello?name=\($0)" }
            peer.raw.send(paths.map { HTTPPeer.head("GET", $0) }.joined())
            for (number, path) in paths.enumerated() {
                #expect(try await peer.answer().text == (path == "/slow" ? "-" : "<p>hello \(number)"))
            }
        }
    }

    @Test("can share its path and its connection with a WebSocket", arguments: [false, true])
    func upgrade(atOnce: Bool) async throws {
        try await withPages { server in
            let peer = try await HTTPPeer(port: server.port)
            let frames = Array(RawFrame.upgrade.utf8) + RawFrame.text("hi")
            if atOnce {
                peer.raw.send(Array(HTTPPeer.head("GET", "/slow").utf8) + frames)
                #expect(try await peer.answer().text == "-")
            } else {
                #expect(try await peer.get("/").text == "home")
                peer.raw.send(frames)
            }
            #expect(try await peer.answer().status == 101)
            let bytes = await peer.raw.received { $0.suffix(4) == [0x81, 2] + Array("hi".utf8) }
            #expect(bytes.suffix(4) == [0x81, 2] + Array("hi".utf8))
            #expect(server.connectionCount == 1)
            peer.raw.close()
        }
    }
}
