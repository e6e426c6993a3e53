import EventLoops
import Testing
import Webshocket

@Suite("Channels under load", .timeLimit(.minutes(5)))
struct ChannelOrderTests {
    /// No connection is disconnected as a slow consumer, because the machine may be slow.
    private var patient: ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.loops = 3
        configuration.slowConsumers = .dropOldest
        return configuration
    }

    /// Publishes consecutive numbers to a channel until `body` has returned.
    private func withPublishers(
        _ count: Int, of hub: Hub, on channel: String, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            for publisher in 0..<count {
                group.addTask {
                    var number = 0
                    while !Task.isCancelled {
                        // Wait, so that queued messages do not accumulate if publishing is faster than delivery.
                        if number % 64 == 63 {
                            do {
                                try await hub.publishAndWait([publisher, number], to: channel)
                            } catch is CancellationError {
                                return
                            }
                        } else {
                            try hub.publish([publisher, number], to: channel)
                            await Task.yield()
                        }
                        number += 1
                    }
                }
            }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("every subscriber receives each publisher's messages in order", arguments: PacketCodec.codecs)
    func order(codec: PacketCodec) async throws {
        var configuration = patient
        configuration.limits.outboundQueue = 100_000_000
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClients(5, server.url, codec) { clients in
                for client in clients { try await client.listen("busy") }
                let hub = server.hub
                try await withThrowingTaskGroup { group in
                    for publisher in 0..<6 {
                        group.addTask {
                            for number in 0..<300 { try hub.publish([publisher, number], to: "busy") }
                        }
                    }
                    try await group.waitForAll()
                }
                try hub.end()
                for client in clients {
                    let heard = try await client.packetsUpToEnd().map { try $0.data(as: [Int].self) }
                    #expect(heard.count == 1_800)
                    for publisher in 0..<6 {
                        #expect(heard.filter { $0[0] == publisher }.map { $0[1] } == Array(0..<300))
                    }
                }
            }
        }
    }

    @Test("no message arrives after the response to an unsubscribe")
    func unsubscribing() async throws {
        let handler = ChannelHandler { ChannelRule("busy") }
        try await withServer(handler, patient) { server in
            try await withPublishers(2, of: server.hub, on: "busy") {
                try await withThrowingTaskGroup { group in
                    for number in 0..<3 {
                        group.addTask {
                            try await PlainPeer.connected(to: server.url) { peer in
                                for round in 0..<70 {
                                    let isMethod = (number + round) % 2 == 0
                                    try await peer.subscribeAndUnsubscribe(isMethod: isMethod)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("delivery ends after another thread unsubscribes a connection and its loop has processed it")
    func fromElsewhere() async throws {
        try await withServer(ChannelHandler(), patient) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection(on: server.hub)
                for round in 0..<300 {
                    try connection.subscribe(to: "c")
                    try server.hub.publish(round, to: "c")
                    #expect(try await client.receive().data == .int(Int64(round)))
                    connection.unsubscribe(from: "c")
                    try server.hub.publish("unheard", to: "c")
                    try await client.expect(error: nil, from: "nothing")
                }
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == [])
            }
        }
    }

    @Test("delivery to the others continues when a connection ends")
    func ends() async throws {
        try await withServer(ChannelHandler(), patient) { server in
            try await withClient(server.url) { witness in
                try await witness.listen("busy")
                let last = Locked<[Int: Int]>([:])
                try await withPublishers(2, of: server.hub, on: "busy") {
                    for round in 0..<40 {
                        try await withClient(server.url, round % 2 == 0 ? .json : .messagePack) { client in
                            try await client.listen("busy", "other")
                            try await client.expect(error: nil, from: "enter", "busy")
                            let connection = try await client.connection(on: server.hub)
                            switch round % 4 {
                            case 0: connection.close(.goingAway)
                            case 1: connection.unsubscribeFromAll()
                            default: break
                            }
                        }
                        let pair = try await witness.receive().data(as: [Int].self)
                        let before = last.withLock { $0.updateValue(pair[1], forKey: pair[0]) }
                        #expect(pair[1] > before ?? -1)
                    }
                }
                try await until { server.hub.connectionCount <= 1 }
                #expect(server.hub.channels == ["busy": 1] && server.hub.rooms == [:])
            }
        }
    }

    @Test("subscriptions are consistent after concurrent changes")
    func hammered() async throws {
        try await withServer(ChannelHandler(), patient) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection(on: server.hub)
                try await withThrowingTaskGroup { group in
                    for worker in 0..<4 {
                        group.addTask {
                            for round in 0..<300 {
                                let name = "c\(round % 3)"
                                if (round + worker) % 2 == 0 {
                                    try connection.subscribe(to: name, "*")
                                    try connection.join(name)
                                } else {
                                    connection.unsubscribe(from: name, "*")
                                    connection.leave(name)
                                }
                                connection.userID = round % 5 == 0 ? nil : "u\(round % 4)"
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // The index of the loop agrees with the roster.
                connection.unsubscribe(from: "*")
                for number in 0..<3 { try server.hub.publish("c\(number)", to: "c\(number)") }
                try server.hub.end()
                let expected = connection.subscriptions.union(connection.rooms).sorted()
                #expect(try await client.packetsUpToEnd().compactMap(\.channel) == expected)
                #expect(server.hub.users.keys.first == connection.userID)
                connection.unsubscribeFromAll()
                connection.leaveAllRooms()
                #expect(server.hub.channels == [:] && server.hub.rooms == [:])
            }
        }
    }
}

extension PlainPeer {
    /// Expects messages between the two responses, and none after the second.
    fileprivate func subscribeAndUnsubscribe(isMethod: Bool) async throws {
        try await request(isMethod ? "listen" : "__subscribe__", ["busy"], id: "in")
        while try await packet()["rpc"]?["call_id"] != "in" {}
        #expect(try await packet()["source"] == 2)
        try await request(isMethod ? "deafen" : "__unsubscribe__", ["busy"], id: "out")
        while try await packet()["rpc"]?["call_id"] != "out" {}
        for _ in 0..<3 { #expect(try await settle().isSettled) }
    }
}
