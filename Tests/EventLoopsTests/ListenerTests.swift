import EventLoops
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite("A listener", .timeLimit(.minutes(5)))
struct ListenerTests {
    private let loops = [EventLoopGroup.shared.next()]

    private func listen(on endpoint: Endpoint) async throws(SocketError) -> Listener {
        try await Listener.listen(on: endpoint, loops: loops) { $0.close() }
    }

    private func makeFile(at path: String) {
        fclose(fopen(path, "w"))
    }

    @Test("picks a free port if the port is 0, and reports it", arguments: ["127.0.0.1", "::1", "localhost"])
    func picksPort(host: String) async throws {
        let listener = try await listen(on: .tcp(host: host, port: 0))
        #expect(listener.localAddress.port != 0)
        #expect(Set(listener.localAddresses.map(\.port)).count == 1)
        await listener.close()
    }

    @Test("fails if the port is in use", arguments: [1, 3], ["127.0.0.1", "::1", "0.0.0.0", "::"])
    func portInUse(loopCount: Int, host: String) async throws {
        let group = EventLoopGroup(loops: loopCount, name: "first")
        let first = try await Listener.listen(on: .tcp(host: host, port: 0), loops: group.loops) { $0.close() }
        let port = try #require(first.localAddress.port)
        await #expect(throws: SocketError(.addressInUse, .bind)) {
            _ = try await Listener.listen(on: .tcp(host: host, port: port), loops: group.loops) { $0.close() }
        }
        await first.close()
        await group.shutdown()
    }

    @Test("can bind its port again immediately, with earlier connections in TIME_WAIT")
    func restart() async throws {
        let first = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: loops) {
            $0.closeAfterFlush()
        }
        let client = try await Peer.connect(
            to: first.localAddress, on: loops[0], Recorder(onEnd: { $0.closeAfterFlush() }))
        _ = await client.recorder.closed()
        await first.close()
        let second = try await listen(on: Endpoint(first.localAddress))
        #expect(second.localAddress == first.localAddress)
        await second.close()
    }

    @Test("distributes connections over all its loops")
    func allLoops() async throws {
        try await withServer(loops: 3) { listener, accepted, loop in
            var owners: Set<ObjectIdentifier> = []
            var peers: [Peer] = []
            // The kernel distributes by a hash of the ports. With 200 connections, each of 3 loops gets some.
            for _ in 0..<200 {
                peers.append(try await Peer.connect(to: listener.localAddress, on: loop))
                owners.insert(ObjectIdentifier(try await accepted.next().loop))
            }
            #expect(owners.count == 3)
        }
    }

    @Test("reports the IPv4 address of an IPv4 peer on a dual-stack socket")
    func bothFamilies() async throws {
        try await withServer(on: .tcp(host: "::", port: 0)) { listener, accepted, loop in
            let port = try #require(listener.localAddress.port)
            for host in ["127.0.0.1", "::1"] {
                let client = try await Peer.connect(to: .tcp(host: host, port: port), on: loop)
                #expect(try await accepted.next().run { $0.remoteAddress?.host } == host)
                await client.close()
            }
        }
    }

    @Test("accepts no connections after it was closed, and can be closed repeatedly")
    func close() async throws {
        let listener = try await listen(on: .tcp(host: "127.0.0.1", port: 0))
        async let other: Void = listener.close()
        await listener.close()
        await other
        await #expect(throws: SocketError(.connectionRefused, .connect)) {
            try await Peer.connect(to: listener.localAddress, on: loops[0])
        }
    }

    @Test("fails for an address of another machine, and for a host without an address")
    func badHosts() async {
        await #expect(throws: SocketError(.addressNotAvailable, .bind)) {
            _ = try await listen(on: .tcp(host: "192.0.2.1", port: 0))
        }
        await #expect(throws: SocketError(.hostNotFound, .resolve)) {
            _ = try await listen(on: .tcp(host: "no-such-host.invalid", port: 0))
        }
    }

    @Test("accepts connections on other loops while some are blocked", arguments: [false, true])
    func blockedLoops(isUnix: Bool) async throws {
        let group = EventLoopGroup(loops: 4, name: "server")
        let clients = EventLoopGroup(loops: 1, name: "client")
        let accepted = Accepted()
        let path = temporaryPath()
        let endpoint: Endpoint = isUnix ? .unix(path: path) : .tcp(host: "127.0.0.1", port: 0)
        let listener = try await Listener.listen(on: endpoint, loops: group.loops) { accepted.add(Peer($0)) }
        // If the loops share a descriptor, the first loop accepts for all of them.
        var blocked: [BlockedLoop] = []
        for loop in group.loops.dropLast() {
            blocked.append(BlockedLoop(loop))
            await blocked.last?.entered()
        }
        // With so many connections, the kernel assigns some to each loop.
        for _ in 0..<32 {
            _ = try await Peer.connect(to: listener.localAddress, on: clients.loops[0])
            #expect(try await accepted.next().loop === group.loops[3])
        }
        for loop in blocked { loop.open() }
        await listener.close()
        await clients.shutdown()
        await group.shutdown()
    }

    // MARK: Unix-domain sockets

    @Test("distributes the connections of a Unix-domain socket over its loops, and removes the file")
    func unix() async throws {
        let path = temporaryPath()
        try await withServer(on: .unix(path: path), loops: 2) { listener, accepted, loop in
            var owners: Set<ObjectIdentifier> = []
            for _ in 0..<4 {
                let client = try await Peer.connect(to: listener.localAddress, on: loop)
                owners.insert(ObjectIdentifier(try await accepted.next().loop))
                await client.close()
            }
            #expect(owners.count == 2)
            #expect(access(path, F_OK) == 0)
        }
        #expect(access(path, F_OK) == -1)
    }

    @Test("fails for a path on which a process listens, and replaces a stale socket file")
    func unixInUse() async throws {
        let path = temporaryPath()
        let live = try await listen(on: .unix(path: path))
        await #expect(throws: SocketError(.addressInUse, .bind)) { _ = try await listen(on: .unix(path: path)) }
        // Move the file away and back, so that the close leaves a stale file.
        #expect(rename(path, path + ".kept") == 0)
        await live.close()
        #expect(rename(path + ".kept", path) == 0)
        let second = try await listen(on: .unix(path: path))
        await second.close()
        #expect(access(path, F_OK) == -1)
    }

    @Test("never removes a file that is not a socket, or a file that has replaced its own")
    func otherFiles() async throws {
        let path = temporaryPath()
        makeFile(at: path)
        await #expect(throws: SocketError(.addressInUse, .bind)) { _ = try await listen(on: .unix(path: path)) }
        unlink(path)
        let listener = try await listen(on: .unix(path: path))
        #expect(rename(path, path + ".moved") == 0)
        makeFile(at: path)
        await listener.close()
        #expect(access(path, F_OK) == 0)
        unlink(path)
        unlink(path + ".moved")
    }
}
