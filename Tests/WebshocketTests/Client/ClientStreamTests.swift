import EventLoops
import Testing
import Webshocket

@Suite("A client stream", .timeLimit(.minutes(5)))
struct ClientStreamTests {
    @Test("delivers all elements in order, and then stays ended", arguments: PacketCodec.codecs)
    func inOrder(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                var expected = 0
                for try await number in client.streamRPC("count", 100_000, as: Int.self) {
                    guard number == expected else { break }
                    expected += 1
                }
                #expect(expected == 100_000)
                var iterator = client.streamRPC("count", 1, as: Int.self).makeAsyncIterator()
                try await iterator.expect([0])
                try await iterator.expectEnd()
            }
        }
    }

    @Test("supports all kinds of arguments and custom element types", arguments: PacketCodec.codecs)
    func types(codec: PacketCodec) async throws {
        try await withServer(SequenceHandler()) { server in
            try await withClient(server.url, codec) { client in
                var points: [Point] = []
                for try await point in client.streamRPC("points", as: Point.self) { points.append(point) }
                #expect(points == [Point(x: 0, y: 0.5), Point(x: 1, y: 0.5, label: "é"), Point(x: 2, y: 0.5)])
                var numbers: [Int] = []
                for try await number in client.streamRPC("named", 2, named: ["offset": 1], as: Int.self) {
                    numbers.append(number)
                }
                #expect(numbers == [0, 1, 2])
                var values: [WireValue] = []
                let elements: [WireValue] = [.null, "a", [1, ["b": true]]]
                for try await value in client.streamRPC("values", arguments: [.array(elements)]) {
                    values.append(value)
                }
                #expect(values == elements)
            }
        }
    }

    @Test("is called once by each iterator, when its first element is requested")
    func lazy() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            let client = WebSocketClient(once: server.url)
            // The client is not connected yet, which has no effect here.
            let stream: ReplyStream<Int> = client.streamRPC("numbers", 3)
            try await client.connect()
            let unused = stream.makeAsyncIterator()
            let _: Int = try await client.sendRPC("one")
            #expect(handler.count == 0)
            for _ in 0..<2 {
                var numbers: [Int] = []
                for try await number in stream { numbers.append(number) }
                #expect(numbers == [0, 1, 2])
            }
            #expect(handler.count == 6)
            _ = unused
            await client.close()
        }
    }

    @Test("is at most its window ahead of a slow consumer", arguments: [1, 2, 7, 64])
    func window(window: Int) async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                var taken = 0
                for try await number in client.streamRPC("numbers", 200, credit: window, as: Int.self) {
                    #expect(number == taken)
                    taken += 1
                    // Credit is returned for each half of the window. The method produces one element more than it may
                    // send.
                    let half = max(window / 2, 1)
                    let allowed = min(window + taken / half * half + 1, 200)
                    try await until { handler.count >= allowed }
                    let _: Int = try await client.sendRPC("one")
                    #expect(handler.count == allowed && allowed <= taken + window + 1)
                }
                #expect(taken == 200)
            }
        }
    }

    @Test("fails with the method's error after the elements before it", arguments: PacketCodec.codecs)
    func failure(codec: PacketCodec) async throws {
        let enough = RPCError("enough", code: 4_001, data: ["n": 3], retryAfter: .milliseconds(1_500))
        try await withServer(SequenceHandler()) { server in
            try await withClient(server.url, codec) { client in
                var iterator = client.streamRPC("fails", 3, as: Int.self).makeAsyncIterator()
                try await iterator.expect(0..<3)
                #expect(try await iterator.expectFailure(RPCError.self) == enough)
                try await iterator.expectEnd()
                await #expect(throws: RPCError.self) {
                    for try await _ in client.streamRPC("nope", as: Int.self) {}
                }
            }
        }
    }

    @Test("is aborted on the server when its consumer leaves the loop or releases the iterator")
    func earlyEnd() async throws {
        for leaves in [true, false] {
            let handler = SequenceHandler()
            try await withServer(handler) { server in
                try await withClient(server.url) { client in
                    let stream = client.streamRPC("endless", 10, as: Int.self)
                    if leaves {
                        for try await _ in stream { break }
                    } else {
                        var iterator: ReplyStream<Int>.Iterator? = stream.makeAsyncIterator()
                        #expect(try await iterator?.next() == 0)
                        iterator = nil
                    }
                    await handler.cancelled.wait()
                    let _: Int = try await client.sendRPC("one")
                }
            }
        }
    }

    @Test("is aborted on the server and throws CancellationError when its task is cancelled", arguments: [0, 5])
    func cancellation(elements: Int) async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let taken = Gate()
                let reading = Task {
                    var iterator = client.streamRPC("endless", elements, as: Int.self).makeAsyncIterator()
                    try await iterator.expect(0..<elements)
                    taken.open()
                    _ = try await iterator.expectFailure(CancellationError.self)
                }
                await taken.wait()
                await handler.waits.wait(count: 1)
                reading.cancel()
                try await reading.value
                await handler.cancelled.wait()
            }
        }
    }

    @Test("is not called by a task that was cancelled before")
    func cancelledBefore() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let cancelled = Gate()
                let reading = Task {
                    await cancelled.wait()
                    for try await _ in client.streamRPC("numbers", 3, as: Int.self) {}
                }
                reading.cancel()
                cancelled.open()
                await #expect(throws: CancellationError.self) { try await reading.value }
                let _: Int = try await client.sendRPC("one")
                #expect(handler.count == 0)
            }
        }
    }

    @Test("times out here and on the server, after the elements that arrived in time")
    func timeout() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                var iterator = client.streamRPC("endless", 3, timeout: .milliseconds(300), as: Int.self)
                    .makeAsyncIterator()
                try await iterator.expect(0..<3)
                let error = try await iterator.expectFailure()
                #expect(error.code == .timedOut && error.delivery == .maybeExecuted)
                await handler.cancelled.wait()
            }
        }
    }

    @Test("is not sent if its timeout or its window is not valid")
    func refused() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                for (timeout, window) in [
                    (CallTimeout.seconds(0), 1), (.milliseconds(-1), 1), (.never, 0), (.never, 65_537),
                ] {
                    var iterator = client.streamRPC("numbers", 3, timeout: timeout, credit: window, as: Int.self)
                        .makeAsyncIterator()
                    let error = try await iterator.expectFailure()
                    #expect(error.code == .invalidConfiguration)
                }
                #expect(handler.count == 0)
            }
        }
    }

    @Test("rejects a second concurrent consumer, and continues for the first")
    func concurrentIteration() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let iterator = client.streamRPC("endless", 1, as: Int.self).makeAsyncIterator()
                var first = iterator
                try await first.expect([0])
                let refused = Collected<ClientError.Code>()
                let tasks = (0..<2).map { _ in
                    Task {
                        var iterator = iterator
                        do {
                            _ = try await iterator.next()
                        } catch let error as ClientError {
                            refused.append(error.code)
                        }
                    }
                }
                await refused.wait(count: 1)
                #expect(refused.values == [.concurrentIteration] && !handler.cancelled.isOpen)
                for task in tasks { task.cancel() }
                let outcomes = [await tasks[0].result, await tasks[1].result]
                #expect(outcomes.count { (try? $0.get()) == nil } == 1)
                await handler.cancelled.wait()
            }
        }
    }

    @Test("gets only its own elements while other streams and calls run")
    func sideBySide() async throws {
        try await withServer(SequenceHandler()) { server in
            try await withClient(server.url) { client in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for length in 1...16 {
                        group.addTask {
                            var sum = 0
                            for try await number in client.streamRPC(
                                "numbers", length * 50, credit: length, as: Int.self)
                            {
                                sum += number
                            }
                            return sum - length * 50 * (length * 50 - 1) / 2
                        }
                    }
                    for _ in 0..<100 { group.addTask { try await client.sendRPC("one") - 1 } }
                    for try await difference in group { #expect(difference == 0) }
                }
            }
        }
    }

    @Test("fails and is aborted if an element has another type")
    func elementType() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let error = await #expect(throws: ClientError.self) {
                    for try await _ in client.streamRPC("endless", 10, as: String.self) {}
                }
                #expect(error?.code == .unexpectedReply)
                await handler.cancelled.wait()
            }
        }
    }

    @Test("or a call fails if the method is of the other kind, and the error tells which it is")
    func shapes() async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let call = await #expect(throws: ClientError.self) {
                    let _: Int = try await client.sendRPC("endless", 9)
                }
                #expect(call?.code == .unexpectedReply && call?.message.contains("streamRPC") == true)
                await handler.cancelled.wait()
                let stream = await #expect(throws: ClientError.self) {
                    for try await _ in client.streamRPC("one", as: Int.self) {}
                }
                #expect(stream?.code == .unexpectedReply && stream?.message.contains("does not stream") == true)
            }
        }
    }

    @Test("ends with the connection, after the elements that had arrived")
    func connectionLost() async throws {
        let handler = SequenceHandler()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        var iterator = client.streamRPC("endless", 10, as: Int.self).makeAsyncIterator()
        try await iterator.expect([0])
        await handler.waits.wait(count: 1)
        let _: Int = try await client.sendRPC("one")
        await client.close()
        await server.stop(within: .zero)
        try await iterator.expect(1..<10)
        let error = try await iterator.expectFailure()
        #expect(error.code == .connectionLost && error.delivery == .maybeExecuted)
        let late = await #expect(throws: ClientError.self) {
            for try await _ in client.streamRPC("numbers", 1, as: Int.self) {}
        }
        #expect(late?.delivery == .notSent)
    }
}
