import Certificates
import Foundation
import Testing
import Webshocket

@Suite("The command line", .timeLimit(.minutes(5)))
struct CommandTests {
    @Test(
        "calls a method and prints its result as JSON",
        arguments: [
            (["add", "10", "20"], "30"), (["--json", "add", "10", "20"], "30"),
            (["echo", #"{"b": [1, null], "a": "é"}"#], #"{"a":"é","b":[1,null]}"#),
            (["echo", "plain text"], "\"plain text\""),
            (["named", "1", "--named", "b=5"], #"{"a":1,"b":5}"#), (["named", "--named", "a=x"], #"{"a":"x","b":2}"#),
            (["renamed"], "null"), (["echo", "--", "--named"], "\"--named\""),
            (["sleep", "1", "--timeout", "5"], "null"),
            (
                ["slow_consumers"],
                #"{"disconnections":0,"dropped_messages":0,"peak_queued_bytes":0,"replaced_messages":0}"#
            ),
            (["types"], #"[null,true,-1,1099511627776,1.5,"é","AP8=",{"k":[1]}]"#),
        ] as [([String], String)])
    func results(words: [String], result: String) async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.start(["call", url] + words).finish()
        #expect(outcome.output == result + "\n" && outcome.errors == "" && outcome.status == 0)
    }

    @Test(
        "exits with 1 and the name of the error if a call fails",
        arguments: [
            (["nope"], "methodNotFound: RPC method 'nope' not found."),
            (["add", "1"], "invalidParameters: argument 'b' (2 of 2) is missing"),
            (["fails"], "applicationError: no such user"), (["breaks"], "internalError: Internal error ("),
            (["sleep", "60000", "--timeout", "0.05"], "timedOut: no reply within"),
        ] as [([String], String)])
    func failures(words: [String], message: String) async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.start(["call", url] + words).finish()
        #expect(outcome.errors.hasPrefix(message) && outcome.output == "" && outcome.status == 1)
    }

    @Test(
        "prints a stream's elements line by line",
        arguments: [
            (["count", "3"], "0\n1\n2\n"), (["--json", "count", "3"], "0\n1\n2\n"), (["count", "0"], ""),
            (["count", "--named", "n=2", "--credit", "1", "--timeout", "5"], "0\n1\n"),
            (["count", "1000000000", "--take", "2"], "0\n1\n"), (["count", "2", "--take", "5"], "0\n1\n"),
        ] as [([String], String)])
    func streams(words: [String], lines: String) async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.start(["stream", url] + words).finish()
        #expect(outcome.output == lines && outcome.errors == "" && outcome.status == 0)
    }

    @Test(
        "exits with 1 and the name of the error if a stream fails",
        arguments: [
            (["nope"], "methodNotFound: RPC method 'nope' not found."),
            (["count", "-1"], "applicationError: count takes 0 or more"),
            (["add", "1", "2"], "unexpectedReply: the method does not stream"),
            (["count", "1000000000", "--timeout", "0.5"], "timedOut: no reply within"),
        ] as [([String], String)])
    func failingStreams(words: [String], message: String) async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.start(["stream", url] + words).finish()
        #expect(outcome.errors.hasPrefix(message) && outcome.status == 1)
        let call = try await RunningCommand.run("call", url, "count", "3")
        #expect(call.errors.hasPrefix("unexpectedReply: the method streams") && call.status == 1)
    }

    @Test("ends a stream without an error if the reader of its output closes the pipe")
    func closedOutput() async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let command = try RunningCommand.start(["stream", url, "count", "1000000000"])
        #expect(await command.nextOutput().hasPrefix("0\n"))
        try command.closeOutput()
        let outcome = await command.finish()
        #expect(outcome.errors == "" && outcome.status == 0)
    }

    @Test("reports that no server is listening, or that the path does not exist")
    func unreachable() async throws {
        #expect(try await RunningCommand.run("call", "ws://127.0.0.1:1", "add").errors.hasPrefix("cannotConnect: "))
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        #expect(try await RunningCommand.run("call", "\(url)/nowhere", "add").errors.hasPrefix("upgradeRefused: "))
    }

    @Test(
        "reports an invalid word in one line, with a reference to the help and status 2",
        arguments: [
            ["sing"], ["--sing"], ["call", "--sing"], ["help", "sing"], ["call", "ws://a", "m", "@/no/such/file"],
            ["call"], ["call", "ws://a"],
            ["serve", "--port", "65536"], ["serve", "--port"],
            ["serve", "--loops", "0"], ["serve", "--json-frames", "paper"],
            ["serve", "--trust-proxy", "::1", "--forwarded", "--proxy-protocol"], ["serve", "--forwarded"],
            ["serve", "--proxy-protocol"], ["serve", "--connections", "0"], ["serve", "--trust-proxy"],
            ["serve", "--slow-consumers", "wait"], ["serve", "stray"], ["serve", "--sing"],
            ["call", "ws://a", "m", "--named", "x"], ["call", "ws://a", "m", "--timeout", "-1"],
            ["stream"], ["stream", "ws://a", "m", "--credit", "0"], ["stream", "ws://a", "m", "--take", "0"],
            ["call", "ws://a", "m", "--take", "1"], ["call", "ws://a", "m", "--ca", "ca.pem"],
            ["stream", "WS://a", "m", "--cert", "c.pem", "--key", "k.pem"], ["serve", "--ping", "0"],
            ["call", "ws://a", "m", "--header", "no colon"],
            ["call", "ws://a", "m", "--header", "a b: c"], ["call", "ws://a", "m", "--token", "@/no/such/file"],
        ])
    func usage(words: [String]) async throws {
        let outcome = try await RunningCommand.start(words).finish()
        #expect(outcome.status == 2 && outcome.output == "")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("webshocket: "))
        let command = ["serve", "call", "stream"].contains(words[0]) ? " \(words[0])" : ""
        #expect(lines[0].hasSuffix("; see 'webshocket\(command) --help'"))
    }

    /// A handler with a method that returns the caller's user ID.
    private struct Who: WebSocketHandler {
        var access: Access {
            .authenticated { request in
                request.headers["Authorization"].map { .admit(userID: $0) } ?? .awaitToken
            } token: { token, _ in
                token == "good token" ? .admit(userID: token) : .refuse(.unauthorized("No such token."))
            }
        }
        var methods: RPCMethods { RPCMethod("who") { (connection: Connection) in connection.userID } }
    }

    @Test("authenticates with a token or with headers")
    func credentials() async throws {
        var configuration = ServerConfiguration()
        configuration.log = .silent
        let server = WebSocketServer(port: 0, handler: Who(), configuration: configuration)
        try await server.start()
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        try "good token\nand no more".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        for words in [["--token", "good token"], ["--token", "@\(file.path)"], ["--json", "--token", "good token"]] {
            let outcome = try await RunningCommand.start(["call", server.url, "who"] + words).finish()
            #expect(outcome.output == "\"good token\"\n" && outcome.status == 0)
        }
        let header = try await RunningCommand.run("call", server.url, "who", "--header", "Authorization: Basic x")
        #expect(header.output == "\"Basic x\"\n")
        let refused = try await RunningCommand.run("call", server.url, "who", "--token", "s3cret")
        #expect(refused.errors == "accessDenied: No such token.\n" && refused.status == 1)
        let required = try await RunningCommand.run("call", server.url, "who")
        #expect(required.errors.contains("4901 Authentication required") && required.status == 1)
        await server.stop(within: .zero)
    }

    @Test("admits pages of the allowed origins, and names an invalid origin")
    func origins() async throws {
        let (server, url) = try await RunningCommand.serve("--origin", "https://*.example.org", "--origin", "null")
        defer { server.terminate() }
        for (origin, isAdmitted) in [("https://a.example.org", true), ("null", true), ("https://example.org", false)] {
            let outcome = try await RunningCommand.run("call", url, "add", "1", "2", "--header", "Origin: \(origin)")
            #expect((outcome.output == "3\n") == isAdmitted)
        }
        let outcome = try await RunningCommand.run("serve", "--port", "0", "--origin", "example.org")
        #expect(outcome.status == 1 && outcome.errors.contains("'example.org'"))
    }

    @Test("trusts only the proxies in --trust-proxy")
    func trustedProxies() async throws {
        let cases = [("10.0.0.0/8", "127.0.0.1"), ("10.0.0.0/8,127.0.0.1", "192.0.2.1")]
        for (networks, address) in cases {
            let (server, url) = try await RunningCommand.serve("--trust-proxy", networks)
            defer { server.terminate() }
            var configuration = ClientConfiguration()
            try configuration.headers.add(name: "X-Forwarded-For", value: "192.0.2.1")
            let client = WebSocketClient(url, configuration: configuration)
            try await client.connect()
            let who: [String: String?] = try await client.sendRPC("whoami")
            #expect(who["address"] == address)
            await client.close()
        }
        let (server, url) = try await RunningCommand.serve("--trust-proxy", "127.0.0.1", "--proxy-protocol")
        defer { server.terminate() }
        #expect(try await RunningCommand.run("call", url, "whoami").errors.hasPrefix("handshakeFailed: "))
        let (other, otherURL) = try await RunningCommand.serve("--trust-proxy", "127.0.0.1", "--forwarded")
        defer { other.terminate() }
        #expect(
            try await RunningCommand.run("call", otherURL, "whoami").output == #"{"address":"127.0.0.1","proxy":null}"#
                + "\n"
        )
        let outcome = try await RunningCommand.run("serve", "--port", "0", "--trust-proxy", "10.0.0.0/33")
        #expect(outcome.status == 1 && outcome.errors.contains("'10.0.0.0/33'"))
    }

    @Test(
        "names a folder or path that it cannot serve, in one line",
        arguments: [
            ["--files", "/no/such/folder"], ["--files", "/dev/null"], ["--javascript-client", "webshocket.js"],
        ])
    func badPages(words: [String]) async throws {
        let outcome = try await RunningCommand.start(["serve", "--port", "0"] + words).finish()
        #expect(outcome.status == 1 && outcome.errors.contains(words[1]))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("uses the proxy from the environment")
    func proxy() async throws {
        let words = ["call", "ws://server.invalid", "add", "1", "2"]
        func run(_ variables: String...) async throws -> ChildProcess.Outcome {
            try await RunningCommand.start(words, environment: variables).finish()
        }
        var outcome = try await run("http_proxy=http://ann:secret@127.0.0.1:1")
        #expect(
            outcome.status == 1 && outcome.errors.hasPrefix("cannotConnect: cannot connect to the proxy 127.0.0.1:1: "))
        outcome = try await run("http_proxy=socks5://ann:secret@127.0.0.1:1")
        #expect(outcome.status == 1 && outcome.errors.hasPrefix("invalidConfiguration: invalid proxy in http_proxy: "))
        outcome = try await run("http_proxy=http://127.0.0.1:1", "no_proxy=invalid")
        #expect(outcome.status == 1 && outcome.errors.hasPrefix("cannotConnect: cannot connect to server.invalid:80: "))
    }

    @Test(
        "serves and calls over TLS, and reloads the certificate on SIGHUP", .enabled(if: TestCertificates.areMade))
    func tls() async throws {
        let certificates = try TestCertificates.shared
        let folder = try certificates.makeFolder()
        func put(_ name: String) throws {
            for (from, to) in [(certificates.certificate(name), "cert.pem"), (certificates.key(name), "key.pem")] {
                try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: "\(folder)/\(to)"))
            }
        }
        try put("server")
        let (server, url) = try await RunningCommand.serve(
            "--cert", "\(folder)/cert.pem", "--key", "\(folder)/key.pem", "--client-ca", certificates.authority)
        defer { server.terminate() }
        #expect(url.hasPrefix("wss://127.0.0.1:"))
        let identity = ["--cert", certificates.certificate("client"), "--key", certificates.key("client")]
        func call(_ options: [String]) async throws -> ChildProcess.Outcome {
            try await RunningCommand.start(["call", url, "add", "10", "20"] + options).finish()
        }
        let good = try await call(["--ca", certificates.authority] + identity)
        #expect(good.output == "30\n" && good.errors == "" && good.status == 0)
        let untrusting = try await call(identity)
        #expect(untrusting.errors.hasPrefix("untrustedCertificate: the certificate of 127.0.0.1 was issued by an"))
        #expect(untrusting.status == 1 && untrusting.errors.split(separator: "\n").count == 1)
        let anonymous = try await call(["--ca", certificates.authority])
        #expect(anonymous.errors.hasPrefix("tlsFailed: ") && anonymous.status == 1)
        try put("wrong-host")
        kill(server.identifier, SIGHUP)
        // The signal is handled after a moment.
        var renewed = good
        while renewed.status == 0 { renewed = try await call(["--ca", certificates.authority] + identity) }
        #expect(renewed.errors.hasPrefix("untrustedCertificate: the certificate of 127.0.0.1 is for a different host"))
    }

    @Test(
        "names a certificate or key that it cannot use, in one line", .enabled(if: TestCertificates.areMade),
        arguments: [
            ("server", "client", "does not belong"), ("server", "encrypted", "is encrypted"),
            ("no", "client", "no such file"),
        ])
    func badCertificates(certificate: String, key: String, text: String) async throws {
        let certificates = try TestCertificates.shared
        let outcome = try await RunningCommand.run(
            "serve", "--port", "0", "--cert", certificates.certificate(certificate), "--key", certificates.key(key))
        #expect(outcome.status == 1 && outcome.errors.contains(text))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("names an address that is in use, with status 1")
    func portInUse() async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let port = try #require(url.split(separator: ":").last)
        let outcome = try await RunningCommand.run("serve", "--port", String(port))
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("webshocket: cannot listen on 127.0.0.1:\(port): "))
    }

    @Test("completes the call in flight after SIGTERM, then exits with 0")
    func terminate() async throws {
        let (command, url) = try await RunningCommand.serve()
        var configuration = ClientConfiguration()
        configuration.connectTimeout = .seconds(30)
        configuration.reconnect = .never
        let client = RawWebSocketClient(url, configuration: configuration)
        try await client.connect()
        // The calls of a connection begin in order, so the first has begun when the second is answered.
        for (method, argument, id) in [("sleep", "8000", "first"), ("echo", "0", "second")] {
            let call = #"{"type":"request","method":"\#(method)","args":[\#(argument)],"call_id":"\#(id)"}"#
            try await client.send(.text(#"{"source":5,"rpc":\#(call)}"#))
        }
        #expect("\(try await client.receive())".contains("second"))
        command.terminate()
        #expect("\(try await client.receive())".contains("first"))
        let error = await #expect(throws: ClientError.self) { try await client.receive() }
        #expect(error?.closure?.code == .goingAway)
        guard case .after(let time) = error?.closure?.advice else {
            Issue.record("the close frame has no reconnect advice")
            return
        }
        #expect((.milliseconds(500) ... .seconds(5)).contains(time))
        #expect(await command.finish().status == 0)
    }

    @Test("exits with 0 at once after a second SIGTERM")
    func terminateTwice() async throws {
        let (command, url) = try await RunningCommand.serve()
        let client = WebSocketClient(url, configuration: .once)
        try await client.connect()
        let events = client.events(withMessages: true)
        let call = Task { try await client.sendRPC("sleep", 60_000) }
        for await case .sent in events { break }
        // The server starts the calls of a connection in order, so the first one runs when the second has its response.
        let _: Int = try await client.sendRPC("add", 1, 2)
        // On a busy machine, the first signal may be noticed so late that the second counts as the same.
        let identifier = command.identifier
        kill(identifier, SIGTERM)
        // A separate thread sends the signals, because the threads of the tests may be busy while the server waits.
        let signals = Thread {
            while !Thread.current.isCancelled {
                kill(identifier, SIGTERM)
                Thread.sleep(forTimeInterval: 1.2)
            }
        }
        signals.start()
        let error = await #expect(throws: ClientError.self) { try await call.value }
        signals.cancel()
        while !signals.isFinished { try await Task.sleep(for: .milliseconds(10)) }
        #expect(error?.closure?.code == .goingAway)
        let outcome = await command.finish()
        // A signal that arrives while the process exits kills it.
        let isCutOff = outcome.status == 0 && outcome.errors.contains("cancelling all calls and handlers")
        #expect(isCutOff || outcome.status == -SIGTERM, "\(outcome)")
    }

    @Test("does not leak descriptors of 2,000 closed connections")
    func churn() async throws {
        let (command, url) = try await RunningCommand.serve("--loops", "2")
        try await connect(50, to: url)
        let before = try #require(command.descriptorCount)
        try await connect(1_950, to: url)
        // The last connections of both loops may still be closing. If each leaked a descriptor, there would be 1,950.
        #expect(try #require(command.descriptorCount) < before + 10)
        command.terminate()
        #expect(await command.finish().status == 0)
    }

    private func connect(_ count: Int, to url: String) async throws {
        for number in 0..<count {
            let client = WebSocketClient(url)
            try await client.connect()
            if number % 10 == 0 { let _: Int = try await client.sendRPC("add", 1, 2) }
            await client.close()
        }
    }
}

extension ClientConfiguration {
    /// A configuration for clients of a server that is not restarted.
    fileprivate static var once: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.reconnect = .never
        return configuration
    }
}
