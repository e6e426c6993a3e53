import BlockingPeers
import Foundation
import Testing

/// Whether a program is installed; prints a message if it is not.
private func isThere(_ program: String) -> Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let isThere = folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    if !isThere { print("SKIPPED: \(program) is not installed; Tests/prepare installs it") }
    return isThere
}

@Suite("Files that the command serves", .timeLimit(.minutes(5)))
struct ServedFilesTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "served-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private func curl(_ words: String...) async throws -> ChildProcess.Outcome {
        try await ChildProcess("curl", ["-sS", "--noproxy", "*", "--max-time", "60"] + words).finish()
    }

    @Test(
        "are fetched by curl on one connection, with types and ETags, and only from the folder",
        .enabled(if: isThere("curl")))
    func curl() async throws {
        try await withFolder { folder in
            try Data("<h1>hello".utf8).write(to: folder.appending(path: "index.html"))
            try Data(repeating: 7, count: 1_000_000).write(to: folder.appending(path: "large.bin"))
            let (server, url) = try await RunningCommand.serve(
                "--files", folder.path, "--javascript-client", "/client/webshocket.js")
            defer { server.terminate() }
            let base = "http\(url.dropFirst(2))"
            let one = "%{http_code} %{content_type} %{size_download} %{num_connects}\\n"
            var outcome = try await curl(
                "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w", one, "\(base)/", "\(base)/large.bin",
                "\(base)/client/webshocket.d.ts")
            let lines = outcome.output.split(separator: "\n")
            #expect(
                lines.prefix(2) == [
                    "200 text/html; charset=utf-8 9 1", "200 application/octet-stream 1000000 0",
                ])
            #expect(lines.last?.hasPrefix("200 application/typescript") == true && lines.last?.hasSuffix(" 0") == true)

            let tags = folder.appending(path: "tags").path
            let body = folder.appending(path: "body").path
            for code in ["200", "304"] {
                outcome = try await curl(
                    "--etag-save", tags, "--etag-compare", tags, "-o", body, "-w", "%{http_code}", "\(base)/large.bin")
                #expect(outcome.output == code)
            }
            outcome = try await curl("-I", "\(base)/large.bin")
            #expect(
                outcome.output.hasPrefix("HTTP/1.1 200 OK\r\n")
                    && outcome.output.contains("Content-Length: 1000000\r\n"))
            for (path, words) in [
                ("/../../../../etc/passwd", []), ("/%2e%2e/%2e%2e/%2e%2e/etc/passwd", []), ("/%252e%252e/x", []),
                ("/webshocket.js", []), ("/nothing", ["-X", "POST", "-d", "a=b"]),
            ] as [(String, [String])] {
                let all = ["--path-as-is", "-o", "/dev/null", "-w", "%{http_code}"] + words + ["\(base)\(path)"]
                outcome = try await ChildProcess("curl", ["-sS", "--noproxy", "*"] + all).finish()
                #expect(outcome.output == "404", "\(path)")
            }
            outcome = try await curl("-d", "a=b", "-o", "/dev/null", "-w", "%{http_code} %header{allow}", "\(base)/")
            #expect(outcome.output == "405 GET, HEAD")
            outcome = try await curl("--http2", "\(base)/")
            #expect(outcome.output == "<h1>hello" && outcome.status == 0)
        }
    }

    @Test("return 503 while descriptors are exhausted, and 200 afterwards", .enabled(if: isThere("curl")))
    func descriptors() async throws {
        try await withFolder { folder in
            try Data("<h1>hello".utf8).write(to: folder.appending(path: "index.html"))
            let command = try RunningCommand.start(
                ["serve", "--port", "0", "--loops", "1", "--files", folder.path], descriptors: 40)
            defer { command.terminate() }
            let url = try #require(await command.nextOutput().split(separator: " ").last?.split(separator: "\n").first)
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            try await BlockingPeer.aside {
                let first = try BlockingPeer(port: port)
                #expect(try first.get("/").hasPrefix("HTTP/1.1 200 OK\r\n"))
                var others: [BlockingPeer] = []
                // There are fewer descriptors than connections, so the last connections are not accepted.
                for _ in 0..<60 { others.append(try BlockingPeer(port: port)) }
                // The deadline of both loops is within the time limit of the test.
                let end = ContinuousClock.now + .seconds(240)
                var answer = ""
                while !answer.hasPrefix("HTTP/1.1 503 ") {
                    try #require(ContinuousClock.now < end)
                    answer = try first.get("/health")
                    #expect(answer.hasPrefix("HTTP/1.1 200 "))
                    answer = try first.get("/")
                }
                #expect(answer.contains("\r\nRetry-After: 5\r\n"))
                others.removeAll()
                while try !BlockingPeer(port: port).get("/").hasPrefix("HTTP/1.1 200 OK\r\n") {
                    try #require(ContinuousClock.now < end)
                }
            }
        }
    }

    @Test("are read in pieces if hundreds of slow clients read a large file, and other files are served meanwhile")
    func slowReaders() async throws {
        try await withFolder { folder in
            let large = folder.appending(path: "large.bin")
            #expect(FileManager.default.createFile(atPath: large.path, contents: nil))
            // A sparse file, which is large but uses no disk space.
            truncate(large.path, 1 << 30)
            try Data("small".utf8).write(to: folder.appending(path: "small.txt"))
            let (command, url) = try await RunningCommand.serve("--loops", "1", "--files", folder.path)
            defer { command.terminate() }
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            let identifier = command.identifier
            let read = try await BlockingPeer.aside {
                let witness = try BlockingPeer(port: port)
                #expect(try witness.get("/small.txt").hasSuffix("small"))
                let before = try #require(ChildProcess.bytesRead(by: identifier))
                var readers: [BlockingPeer] = []
                for _ in 0..<300 {
                    let reader = try BlockingPeer(port: port)
                    try reader.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
                    readers.append(reader)
                }
                for reader in readers { #expect(try reader.text().hasPrefix("HTTP/1.1 200 OK\r\n")) }
                for _ in 0..<100 { #expect(try witness.get("/small.txt").hasSuffix("small")) }
                defer { readers.removeAll() }
                return try #require(ChildProcess.bytesRead(by: identifier)) - before
            }
            // Data that the server has not read cannot use its memory. It reads its own buffers and the data that the
            // sockets accept, some megabytes for each reader. A copy of the file for each reader would be 300 GiB.
            #expect(read < 300 << 26, "\(read / 300) bytes for each")
        }
    }
}

extension BlockingPeer {
    /// Reads the next data, up to 1 KiB.
    fileprivate func text() throws -> String {
        let bytes = try read(atMost: 1_024)
        guard !bytes.isEmpty else { throw Failure() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Sends a request, and waits for the whole response.
    fileprivate func get(_ path: String) throws -> String {
        try send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var answer = ""
        while true {
            answer += try text()
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            let length = parts[0].split(separator: "Content-Length: ").last?.prefix { $0.isNumber }
            if parts.count == 2, let count = length.flatMap({ Int($0) }), parts[1].utf8.count >= count { return answer }
        }
    }
}
