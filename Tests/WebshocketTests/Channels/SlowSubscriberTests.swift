import EventLoops
import Testing
import Webshocket

@Suite("Slow subscribers", .serialized, .timeLimit(.minutes(5)))
struct SlowSubscriberTests {
    /// The level at which the policy is declared.
    enum Place: CaseIterable { case rule, connection, server }

    /// A server with a slow and a fast subscriber. Seven small messages fit into the slow one's queue, in addition to
    /// the socket's buffers.
    private func withSlow(
        _ policy: SlowConsumerPolicy, by place: Place,
        _ body: (WebSocketServer, SlowSubscriber, WebSocketClient) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration.narrow
        // Levels with lower priority declare another policy, so that the test detects if they are used.
        configuration.slowConsumers = policy == .disconnect ? .dropOldest : .disconnect
        if place == .server { configuration.slowConsumers = policy }
        let handler = ChannelHandler {
            if place == .rule { ChannelRule("c").slowConsumers(policy) } else { ChannelRule("c") }
        }
        try await withServer(handler, configuration) { server in
            try await withClient(server.url) { quick in
                try await quick.listen("c")
                let slow = try await SlowSubscriber(server)
                if place == .connection { slow.connection.slowConsumers = policy }
                try await body(server, slow, quick)
                slow.raw.close()
            }
        }
    }

    private func publish(
        _ numbers: Range<Int>, _ server: WebSocketServer, _ slow: SlowSubscriber, _ quick: WebSocketClient
    ) async throws {
        for number in numbers {
            try server.hub.publish(number, to: "c")
            // The slow subscriber has received nothing yet.
            #expect(try await quick.receive().data == .int(Int64(number)))
        }
        // Ensures that the slow connection's loop has processed all messages.
        _ = await slow.connection.waitingBytes
    }

    @Test("are disconnected if the policy is to disconnect, and others receive everything", arguments: Place.allCases)
    func disconnect(place: Place) async throws {
        try await withSlow(.disconnect, by: place) { server, slow, quick in
            try await publish(0..<20, server, slow, quick)
            #expect(server.statistics.slowConsumers.counts == [0, 0, 1])
            #expect(await slow.textsUpTo("Slow consumer") == ["1013 Slow consumer"])
            slow.raw.close()
            try await until { server.hub.connectionCount <= 1 }
            try await publish(20..<25, server, slow, quick)
        }
    }

    @Test(
        "receive the latest messages if the oldest are dropped, and others receive everything",
        arguments: Place.allCases)
    func dropOldest(place: Place) async throws {
        try await withSlow(.dropOldest, by: place) { server, slow, quick in
            try await publish(0..<200, server, slow, quick)
            let dropped = slow.connection.droppedMessages
            #expect(dropped > 150 && server.statistics.slowConsumers.counts == [dropped, 0, 0])
            #expect(server.hub.channel("c").statistics?.dropped == dropped)
            let texts = await slow.textsUpToNow()
            #expect(texts.count >= 5 && texts == (0..<200).suffix(texts.count).map { SlowSubscriber.text($0) })
        }
    }

    @Test("receive the latest message of each channel if the policy is to keep it", arguments: Place.allCases)
    func keepLatest(place: Place) async throws {
        try await withSlow(.keepLatest, by: place) { server, slow, quick in
            try await publish(0..<200, server, slow, quick)
            #expect(slow.connection.droppedMessages == 199)
            #expect(server.statistics.slowConsumers.counts == [0, 199, 0])
            #expect(await slow.textsUpToNow() == [SlowSubscriber.text(199)])
        }
    }

    @Test("delay only the publisher that waits for them", arguments: Place.allCases)
    func wait(place: Place) async throws {
        try await withSlow(.wait(atMost: .seconds(1_000)), by: place) { server, slow, quick in
            let hub = server.hub
            let published = Collected<Int>()
            let publisher = Task {
                for number in 0..<100 {
                    let count = try await hub.publishAndWait(number, to: "c")
                    #expect(count == 2)
                    published.append(number)
                }
            }
            try await until { await slow.connection.waitingBytes > 750 }
            let held = published.values.count
            #expect(held < 20)
            // The message that exceeds the slow subscriber's queue has already reached the fast one.
            for number in 0...held { #expect(try await quick.receive().data == .int(Int64(number))) }
            // Other publishers can still publish to other subscribers.
            try hub.publish("others", to: "e")
            try await quick.listen("d")
            try hub.publish("more", to: "d")
            #expect(try await quick.receive().data == "more")
            #expect(try await hub.publishAndWait("third", to: "d") == 1)
            #expect(try await quick.receive().data == "third")
            #expect(published.values.count == held)
            slow.raw.resumeReading()
            try await publisher.value
            for number in held + 1..<100 { #expect(try await quick.receive().data == .int(Int64(number))) }
            #expect(await slow.textsUpToNow() == (0..<100).map { SlowSubscriber.text($0) })
            #expect(server.statistics.slowConsumers.counts == [0, 0, 0])
        }
    }

    @Test("do not delay a cancelled publisher, and its message stays published")
    func cancelled() async throws {
        try await withSlow(.wait(atMost: .seconds(1_000)), by: .rule) { server, slow, quick in
            let hub = server.hub
            let begun = Collected<Int>()
            let publisher = Task {
                for number in 0..<100 {
                    begun.append(number)
                    try await hub.publishAndWait(number, to: "c")
                }
            }
            try await until { await slow.connection.waitingBytes > 750 }
            publisher.cancel()
            await #expect(throws: CancellationError.self) { try await publisher.value }
            let numbers = begun.values
            let texts = await slow.textsUpTo(SlowSubscriber.text(numbers.count - 1))
            #expect(texts == numbers.map { SlowSubscriber.text($0) })
            for number in numbers {
                let packet = try await quick.receive()
                #expect(packet.data == .int(Int64(number)))
            }
            let early = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try? await hub.publishAndWait("early", to: "c")
            }
            await early.value
            let packet = try await quick.receive()
            #expect(packet.data == "early")
        }
    }

    @Test(
        "release the waiting publisher when they disconnect, or when the time is over",
        arguments: ["peer", "server", "time"])
    func gone(how: String) async throws {
        let time: Duration = how == "time" ? .milliseconds(1) : .seconds(1_000)
        try await withSlow(.wait(atMost: time), by: .rule) { server, slow, quick in
            let hub = server.hub
            let publisher = Task {
                var counts: [Int] = []
                for number in 0..<30 { counts.append(try await hub.publishAndWait(number, to: "c")) }
                return counts
            }
            if how != "time" {
                try await until { await slow.connection.waitingBytes > 750 }
                if how == "peer" { slow.raw.close() } else { slow.connection.close() }
            }
            let counts = try await publisher.value
            #expect(counts.first == 2 && counts.last == 1 && counts == counts.sorted(by: >))
            for number in 0..<30 { #expect(try await quick.receive().data == .int(Int64(number))) }
            #expect(server.statistics.slowConsumers.disconnections == (how == "time" ? 1 : 0))
        }
    }

    @Test("are disconnected if the policy is to wait and the publisher does not wait")
    func notAwaited() async throws {
        try await withSlow(.wait(atMost: .seconds(1_000)), by: .rule) { server, slow, quick in
            try await publish(0..<20, server, slow, quick)
            #expect(server.statistics.slowConsumers.counts == [0, 0, 1])
            #expect(await slow.textsUpTo("Slow consumer") == ["1013 Slow consumer"])
        }
    }

    @Test("lose broadcasts as they lose publications, but no direct messages")
    func broadcasts() async throws {
        try await withSlow(.dropOldest, by: .server) { server, slow, quick in
            slow.connection.userID = "slow"
            for number in 0..<50 {
                try server.hub.broadcast(number)
                if number % 25 == 0 { try server.hub.send("to you", toUser: "slow") }
                #expect(try await quick.receive().data == .int(Int64(number)))
            }
            let texts = await slow.textsUpToNow()
            #expect(texts.filter { $0.contains("to") }.count == 2)
            #expect(texts.last == #"{"source":1,"data":49}"# && texts.count < 15)
        }
    }

    @Test("are not waited for if there is room at once")
    func nobodySlow() async throws {
        let handler = ChannelHandler { ChannelRule("c").slowConsumers(.wait(atMost: .zero)) }
        try await withServer(handler) { server in
            try await withClients(3, server.url, .json) { clients in
                for client in clients { try await client.listen("c") }
                for number in 0..<200 { #expect(try await server.hub.publishAndWait(number, to: "c") == 3) }
                #expect(try await server.hub.publishAndWait("x", to: "c", "c", "d", where: Has("userID")) == 0)
                let one = try await clients[0].connection(on: server.hub)
                #expect(try await server.hub.publishAndWait("y", to: "d", "c", event: "e", excluding: one) == 2)
                try server.hub.end()
                #expect(try await clients[0].dataUpToEnd() == (0..<200).map { .int($0) })
                #expect(try await clients[1].dataUpToEnd().last == "y")
            }
        }
    }
}
