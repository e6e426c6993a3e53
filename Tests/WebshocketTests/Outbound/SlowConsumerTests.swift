import EventLoops
import Testing
import Webshocket

@Suite("A slow consumer", .serialized, .timeLimit(.minutes(5)))
struct SlowConsumerTests {
    private typealias Outcome = DeliveryOutcome

    private static let queued = DeliveryOutcome.queued(replaced: false, dropped: 0)

    @Test("is disconnected at the queue limit, and not before")
    func disconnect() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            #expect(await peer.publish(0..<10, nil) == Array(repeating: Self.queued, count: 10))
            #expect(await peer.publish(10..<12, nil) == [.disconnected, .closed])
            #expect(peer.server.statistics.slowConsumers.counts == [0, 0, 1])
            // The queued messages are dropped, so that the close frame is sent soon.
            #expect(await peer.connection.waitingBytes == 0)
            #expect(await peer.textsUpToClose("Slow consumer") == ["1013 Slow consumer"])
        }
    }

    @Test("gets the latest messages in order, with a gap, if the oldest are dropped")
    func dropOldest() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            #expect(await peer.publish(0..<10, .dropOldest) == Array(repeating: Self.queued, count: 10))
            let late = await peer.publish(10..<1_000, .dropOldest)
            #expect(late == Array(repeating: .queued(replaced: false, dropped: 1), count: 990))
            #expect(await peer.connection.waitingBytes <= 750)
            #expect(peer.connection.droppedMessages == 990)
            #expect(peer.server.statistics.slowConsumers.counts == [990, 0, 0])
            // A message that is sent to this peer only finds room too.
            #expect(await peer.textsUpToNow() == (991..<1_000).map { "\($0)" })
            #expect(peer.connection.droppedMessages == 991)
        }
    }

    @Test("gets only the last message of each channel with keepLatest")
    func keepLatest() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            for round in 0..<100 {
                for channel in 0..<3 {
                    let number = round * 3 + channel
                    let outcome = await peer.publish(number..<number + 1, on: "\(channel)", .keepLatest)
                    #expect(outcome == [.queued(replaced: round > 0, dropped: 0)])
                }
            }
            #expect(peer.connection.droppedMessages == 297)
            #expect(peer.server.statistics.slowConsumers.counts == [0, 297, 0])
            #expect(await peer.textsUpToNow() == ["297", "298", "299"])
        }
    }

    @Test("drops the oldest channel if there are too many with keepLatest")
    func keepLatestOfMany() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            for channel in 0..<13 { await peer.publish(channel..<channel + 1, on: "\(channel)", .keepLatest) }
            #expect(await peer.textsUpToNow() == (4..<13).map { "\($0)" })
            #expect(peer.server.statistics.slowConsumers.counts == [4, 0, 0])
        }
    }

    @Test("suspends an awaiting publisher until it reads")
    func wait() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            let time = Duration.seconds(1_000)
            #expect(await peer.publish(0..<10, .wait(atMost: time), isAwaited: true).last == Self.queued)
            await peer.connection.waitForRoom(atMost: time)
            #expect(await peer.publish(10..<11, .wait(atMost: time), isAwaited: true) == [.mustWait(atMost: time)])
            async let room: Void = peer.connection.waitForRoom(atMost: time)
            peer.raw.resumeReading()
            await room
            #expect(await peer.textsUpToNow() == (0..<11).map { "\($0)" })
            #expect(peer.server.statistics.slowConsumers.counts == [0, 0, 0])
        }
    }

    @Test("is disconnected if it suspends a publisher for too long, and the publisher continues")
    func waitTooLong() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            let time = Duration.milliseconds(1)
            #expect(await peer.publish(0..<11, .wait(atMost: time), isAwaited: true).last == .mustWait(atMost: time))
            async let other: Void = peer.connection.waitForRoom(atMost: .seconds(1_000))
            await peer.connection.waitForRoom(atMost: time)
            await other
            #expect(await peer.publish(11..<12, nil) == [.closed])
            #expect(peer.server.statistics.slowConsumers.counts == [0, 0, 1])
            #expect(await peer.textsUpToClose("Slow consumer") == ["1013 Slow consumer"])
        }
    }

    @Test("reports its current and its highest number of waiting bytes")
    func waitingBytes() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            let alone = await peer.connection.queuedBytes
            #expect(peer.server.statistics.slowConsumers.peakQueuedBytes == 0)
            await peer.publish(0..<10, .dropOldest)
            let most = peer.server.statistics.slowConsumers.peakQueuedBytes
            let waiting = await peer.connection.waitingBytes
            // The operating system may have accepted more of the first message.
            #expect(most > 1_048_576 && most <= alone + waiting)
            await peer.publish(10..<100, .dropOldest)
            #expect(peer.server.statistics.slowConsumers.peakQueuedBytes < most + 20)
            #expect(await peer.textsUpToNow().count == 9)
            #expect(peer.server.statistics.slowConsumers.peakQueuedBytes >= most)
        }
    }

    @Test("is disconnected at once if the publisher does not await")
    func notAwaited() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            #expect(await peer.publish(0..<11, .wait(atMost: .seconds(1_000))).last == .disconnected)
        }
    }

    @Test("resumes its publishers when it disconnects, and leaves no timer", arguments: [true, false])
    func gone(isAbrupt: Bool) async throws {
        var configuration = ServerConfiguration.narrow
        configuration.timeouts.heartbeat = nil
        try await SlowPeer.connected(configuration) { peer in
            let loop = peer.connection.loop
            let before = await loop.timers()
            let time = Duration.seconds(1_000)
            await peer.publish(0..<11, .wait(atMost: time), isAwaited: true)
            async let first: Void = peer.connection.waitForRoom(atMost: time)
            async let second: Void = peer.connection.waitForRoom(atMost: .seconds(10_000_000_000_000))
            try await until { await loop.timers() >= before + 2 }
            if isAbrupt { peer.raw.close() } else { peer.connection.close(.normal, reason: "bye") }
            await first
            await second
            peer.raw.close()
            await peer.handler.ended.wait()
            #expect(await loop.timers() == before)
        }
    }

    @Test(
        "is subject to the policy of its connection, else of the channel, else of the server",
        arguments: [
            (nil, nil, .disconnect, .disconnected),
            (nil, nil, .dropOldest, .queued(replaced: false, dropped: 1)),
            (nil, .dropOldest, .disconnect, .queued(replaced: false, dropped: 1)),
            (nil, .keepLatest, .dropOldest, .queued(replaced: true, dropped: 0)),
            (.disconnect, .dropOldest, .dropOldest, .disconnected),
            (.dropOldest, .disconnect, .disconnect, .queued(replaced: false, dropped: 1)),
        ] as [(SlowConsumerPolicy?, SlowConsumerPolicy?, SlowConsumerPolicy, DeliveryOutcome)])
    func precedence(
        own: SlowConsumerPolicy?, channels: SlowConsumerPolicy?, servers: SlowConsumerPolicy, outcome: DeliveryOutcome
    ) async throws {
        var configuration = ServerConfiguration.narrow
        configuration.slowConsumers = servers
        try await SlowPeer.connected(configuration) { peer in
            peer.connection.slowConsumers = .keepLatest
            peer.connection.slowConsumers = own
            #expect(peer.connection.slowConsumers == own)
            #expect(await peer.publish(0..<11, channels).last == outcome)
        }
    }

    @Test("is disconnected rather than miss a message that is sent to it only")
    func sends() async throws {
        try await SlowPeer.connected(.narrow) { peer in
            await peer.publish(0..<10, .dropOldest)
            for _ in 0..<10 { peer.connection.send(.text("to-you    ")) }
            #expect(await peer.publish(10..<11, .dropOldest) == [.dropped])
            #expect(peer.connection.droppedMessages == 11)
            peer.connection.send(.text(""))
            #expect(await peer.publish(11..<12, nil) == [.closed])
        }
    }

    @Test("has no queue while its socket accepts more, regardless of the limit", arguments: [1, 100, 1_024])
    func smallCaps(cap: Int) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.outboundQueue = cap
        try await withServer(SlowPeerHandler(), configuration) { server in
            try await withClient(server.url) { client in
                for number in 0..<100 {
                    try await client.expect(.int(Int64(number)), from: "mark", .int(Int64(number)))
                }
                let response = try await client.response(to: "quick", arguments: ["x"])
                #expect(response.data == "x-done")
            }
        }
        try await SlowPeer.connected(configuration) { peer in
            #expect(await peer.publish(0..<20, .disconnect).last == .closed)
        }
    }

    @Test("gets queued messages before it is closed")
    func close() async throws {
        try await SlowPeer.connected { peer in
            await peer.publish(0..<100, .dropOldest)
            peer.connection.send(.text("sent"))
            peer.connection.close(.normal, reason: "bye")
            let texts = await peer.textsUpToClose("bye")
            // Shared messages are sent if there is room. Messages to this peer only are always sent.
            #expect(texts.suffix(2) == ["sent", "1000 bye"])
            #expect(texts.dropLast(2).elementsEqual((0..<(texts.count - 2)).map { "\($0)" }))
        }
    }

    @Test(
        "uses at most its queue limit, regardless of the number of messages",
        arguments: [SlowConsumerPolicy.dropOldest, .keepLatest])
    func flat(policy: SlowConsumerPolicy) async throws {
        try await SlowPeer.connected { peer in
            let message = SharedMessage.sized(1_024)
            for number in 0..<6_000 {
                _ = await peer.connection.deliver(message, channel: "\(number % 2_000)", policy: policy)
            }
            let limit = ServerLimits().outboundQueue
            let waiting = await peer.connection.waitingBytes
            #expect(waiting > limit / 2 && waiting <= limit - 65_536)
        }
    }

    @Test("gets compressed and long messages like every other peer", arguments: [nil, CompressionOptions()])
    func compressed(compression: CompressionOptions?) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.compression = compression
        let handler = SlowPeerHandler()
        try await withServer(handler, configuration) { server in
            var configuration = ClientConfiguration.raw
            configuration.compression = compression
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            await handler.connections.wait(count: 1)
            let connection = try #require(handler.connections.values.first)
            for size in [0, 1, 125, 126, 1_000, 65_536, 65_537, 1_000_000] {
                #expect(await connection.deliver(.sized(size)) == .sent)
                let text = try await client.receiveMessage().asText
                #expect(text == String(repeating: "x", count: size))
            }
            await client.close()
        }
    }

    @Test("cannot have a policy with a negative wait")
    func badPolicy() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.slowConsumers = .wait(atMost: .seconds(-1))
        let server = WebSocketServer(port: 0, handler: SlowPeerHandler(), configuration: configuration)
        await #expect(throws: ServerError.self) { try await server.start() }
    }
}

extension EventLoop {
    fileprivate func timers() async -> Int {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: self.timerCount) }
        }
    }
}
