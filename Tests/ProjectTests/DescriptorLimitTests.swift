#if os(Linux)
    import Foundation
    import Testing
    import Webshocket

    /// Tests of the command in a process with a low descriptor limit.
    @Suite("The command with a low descriptor limit", .timeLimit(.minutes(5)))
    struct DescriptorLimitTests {
        /// The limits to try. With a lower limit, the loader cannot open the shared libraries.
        private static let limits = 4...32

        @Test("serve works or reports the shortage in one line, with status 1")
        func serve() async throws {
            var served = 0
            for limit in Self.limits {
                let command = try RunningCommand.startInShell(
                    ["serve", "--port", "0", "--loops", "1"], before: "ulimit -n \(limit);")
                let output = await command.nextOutput()
                if output.hasPrefix("Serving ") {
                    served += 1
                    command.terminate()
                    #expect(await command.finish().status == 0, "\(limit)")
                } else {
                    let outcome = await command.finish()
                    #expect(outcome.status == 1, "\(limit)")
                    #expect(outcome.errors.split(separator: "\n").count == 1, "\(limit): \(outcome.errors)")
                }
            }
            #expect(served > 0 && served < Self.limits.count)
        }

        @Test("a client connects or reports the shortage in one line, with status 1", arguments: ["call", "stream"])
        func client(command: String) async throws {
            // Both commands connect in the same way, so each tries half of the limits.
            for limit in Self.limits where limit.isMultiple(of: 2) == (command == "call") {
                let outcome = try await RunningCommand.startInShell(
                    [command, "ws://127.0.0.1:1", "add"], before: "ulimit -n \(limit);"
                ).finish()
                #expect(outcome.status == 1, "\(limit)")
                #expect(outcome.errors.split(separator: "\n").count == 1, "\(limit): \(outcome.errors)")
            }
        }

        @Test("serve raises the soft limit to the hard limit")
        func raise() async throws {
            let command = try RunningCommand.startInShell(
                ["serve", "--port", "0", "--loops", "1"], before: "ulimit -S -n 64; ulimit -H -n 512;")
            #expect(await command.nextOutput().hasPrefix("Serving "))
            let limits = try String(contentsOfFile: "/proc/\(command.identifier)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            #expect(line.split(separator: " ").suffix(3) == ["512", "512", "files"])
            command.terminate()
            #expect(await command.finish().status == 0)
        }

        @Test("connections that are refused to one address leave descriptors for other addresses")
        func refused() async throws {
            let command = try RunningCommand.startInShell(
                ["serve", "--port", "0", "--loops", "1", "--connections-per-address", "1"], before: "ulimit -n 300;")
            let port = try #require(await command.nextOutput().split(separator: ":").last?.split(separator: "\n").first)
            let number = try #require(UInt16(port))
            let before = try #require(command.descriptorCount)
            var peers: [Descriptor] = []
            defer { for peer in peers { peer.close() } }
            for _ in 0..<200 {
                let peer = try #require(Descriptor(connectedTo: number))
                peer.send("GET / HTTP/1.1\r\nHost: a\r\n")
                peers.append(peer)
            }
            // All connections but the first have been refused by the server, but are still open on the client's side.
            for peer in peers.dropFirst() { await peer.waitForAnswer() }
            #expect(try #require(command.descriptorCount) < before + 100)
            let other = try #require(Descriptor(connectedTo: number, from: 0x7F00_0002))
            other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await other.waitForAnswer().hasPrefix("HTTP/1.1 426"))
            other.close()
            command.terminate()
            #expect(await command.finish().status == 0)
        }

        /// A blocking socket.
        private struct Descriptor: Sendable {
            private let number: Int32

            init?(connectedTo port: UInt16, from address: UInt32 = 0x7F00_0001) {
                number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                var patience = timeval(tv_sec: 60, tv_usec: 0)
                setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                guard Self.apply(bind, number, 0, address), Self.apply(connect, number, port, 0x7F00_0001) else {
                    Glibc.close(number)
                    return nil
                }
            }

            private static func apply(
                _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ number: Int32, _ port: UInt16,
                _ address: UInt32
            ) -> Bool {
                var name = sockaddr_in()
                name.sin_family = sa_family_t(AF_INET)
                name.sin_port = port.bigEndian
                name.sin_addr.s_addr = address.bigEndian
                return withUnsafePointer(to: name) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        function(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                    }
                }
            }

            func send(_ text: String) { _ = Glibc.send(number, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }

            /// Waits for the first bytes; returns an empty string if the connection ends, or after a minute.
            @discardableResult
            func waitForAnswer() async -> String {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async {
                        var bytes = [UInt8](repeating: 0, count: 256)
                        let count = recv(number, &bytes, bytes.count, 0)
                        continuation.resume(returning: String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self))
                    }
                }
            }

            func close() { Glibc.close(number) }
        }
    }
#endif
