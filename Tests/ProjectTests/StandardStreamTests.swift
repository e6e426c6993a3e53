#if os(Linux)
    import Foundation
    import Testing
    import Webshocket

    /// Tests of the command with standard streams that are stalled, closed or full.
    @Suite("The command's standard streams", .timeLimit(.minutes(5)))
    struct StandardStreamTests {
        /// A pipe that accepts no more bytes until it is read.
        private final class StalledPipe {
            let reader: FileHandle
            private(set) var writer: Int32
            let size: Int

            init() throws {
                var ends: [Int32] = [-1, -1]
                try #require(pipe(&ends) == 0)
                for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
                var size = 0
                let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
                while case let count = write(ends[1], bytes, bytes.count), count > 0 { size += count }
                _ = fcntl(ends[1], F_SETFL, 0)
                reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
                writer = ends[1]
                self.size = size
            }

            deinit { closeWriter() }

            /// Closes this process's writing end, so that the reader sees the end when the child exits.
            func closeWriter() {
                guard writer >= 0 else { return }
                close(writer)
                writer = -1
            }
        }

        private func client(_ url: String) async throws -> WebSocketClient {
            var configuration = ClientConfiguration()
            configuration.reconnect = .never
            configuration.callTimeout = .seconds(30)
            let client = WebSocketClient(url, configuration: configuration)
            try await client.connect()
            return client
        }

        private func url(of command: ChildProcess) async throws -> String {
            let words = await command.nextOutput().split(separator: " ")
            return try String(#require(words.last?.split(separator: "\n").first))
        }

        /// Causes log lines, and checks that the server continues to respond.
        private func causeErrors(_ url: String) async throws {
            let client = try await client(url)
            for _ in 0..<20 {
                #expect(try await client.response(to: "breaks").error == .internalError)
                #expect(try await client.sendRPC("add", 1, 2).data == 3)
            }
            await client.close()
        }

        @Test("a full standard error stream without a reader blocks neither the server nor its shutdown")
        func stalled() async throws {
            let pipe = try StalledPipe()
            let command = try RunningCommand.start(
                ["serve", "--port", "0", "--loops", "1"], standardError: pipe.writer)
            try await causeErrors(url(of: command))
            command.terminate()
            #expect(await command.finish().status == 0)
        }

        @Test("log lines are delivered when a stalled standard error stream is read again")
        func resumed() async throws {
            let pipe = try StalledPipe()
            let command = try RunningCommand.start(
                ["serve", "--port", "0", "--loops", "1"], standardError: pipe.writer)
            try await causeErrors(url(of: command))
            pipe.closeWriter()
            let (reader, size) = (pipe.reader, pipe.size)
            let text = await withCheckedContinuation { (done: CheckedContinuation<String, Never>) in
                Thread.detachNewThread {
                    var bytes = Data()
                    while bytes.count <= size || bytes.last != UInt8(ascii: "\n") {
                        let data = reader.availableData
                        guard !data.isEmpty else { break }
                        bytes += data
                    }
                    done.resume(returning: String(decoding: bytes.dropFirst(size), as: UTF8.self))
                }
            }
            #expect(text.hasPrefix("webshocket error: error "))
            command.terminate()
            #expect(await command.finish().status == 0)
        }

        @Test("a server that cannot start exits with 1 although its standard error stream is stalled")
        func stalledFailure() async throws {
            let pipe = try StalledPipe()
            let (server, url) = try await RunningCommand.serve()
            defer { server.terminate() }
            let port = try #require(url.split(separator: ":").last)
            let command = try RunningCommand.start(["serve", "--port", String(port)], standardError: pipe.writer)
            #expect(await command.finish().status == 1)
        }

        @Test("a stream that is closed at start becomes /dev/null, not a loop's descriptor", arguments: [0, 2])
        func closed(stream: Int) async throws {
            let command = try RunningCommand.startInShell(
                ["serve", "--port", "0", "--loops", "1"], after: stream == 0 ? "<&-" : "2>&-")
            try await causeErrors(url(of: command))
            let link = "/proc/\(command.identifier)/fd/\(stream)"
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null")
            command.terminate()
            #expect(await command.finish().status == 0)
        }

        @Test("a full disk does not stop the server")
        func fullDisk() async throws {
            let command = try RunningCommand.startInShell(
                ["serve", "--port", "0", "--loops", "1"], after: "2>/dev/full")
            try await causeErrors(url(of: command))
            command.terminate()
            #expect(await command.finish().status == 0)
        }
    }
#endif
