import Testing
import Webshocket

/// Compiles with the sources from before compensations existed, to show that it fails there.
@Suite("A request for channels or rooms that is given up", .timeLimit(.minutes(5)))
struct GivenUpRequestTests {
    /// Makes a request in a task that is cancelled when the server has received the request.
    private func cancelled(
        _ words: String, _ script: ChannelScript, _ request: @escaping @Sendable () async throws -> Void
    ) async {
        let before = script.requests.values.count
        let task = Task { try await request() }
        await script.requests.wait { $0.dropFirst(before).contains(words) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("is followed by its opposite if it is cancelled")
    func cancelled() async throws {
        try await withChannelScript { _, _ in
            nil
        } _: { client, script in
            await cancelled("__subscribe__ news a.*", script) { try await client.subscribe(to: "news", "a.*") }
            await cancelled("__join__ lobby", script) { try await client.join("lobby") }
            try await client.mark()
            #expect(
                script.requests.values == [
                    "__subscribe__ news a.*", "__abort__", "__unsubscribe__ news a.*",
                    "__join__ lobby", "__abort__", "__leave__ lobby",
                ])
        }
    }

    @Test("is followed by its opposite if it times out")
    func timedOut() async throws {
        try await withChannelScript(callTimeout: .milliseconds(20)) { words, _ in
            words.hasPrefix("__leave__") || words.hasPrefix("__unsubscribe__") ? .result("true") : nil
        } _: { client, script in
            for request in [{ try await client.subscribe(to: "news") }, { _ = try await client.join("lobby") }] {
                let error = await #expect(throws: ClientError.self) { try await request() }
                #expect(error?.code == .timedOut && error?.delivery == .maybeExecuted)
            }
            try await client.mark()
            #expect(
                script.requests.values.filter { $0 != "__abort__" } == [
                    "__subscribe__ news", "__unsubscribe__ news", "__join__ lobby", "__leave__ lobby",
                ])
        }
    }

    @Test("is followed by its opposite if the response is not a list of members")
    func unexpectedReply() async throws {
        try await withChannelScript { _, _ in
            .result("7")
        } _: { client, script in
            let error = await #expect(throws: ClientError.self) { try await client.join("lobby") }
            #expect(error?.code == .unexpectedReply)
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby", "__leave__ lobby"])
            try await client.loseConnection()
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values.count == 2)
        }
    }

    @Test("is sent once more if it ends something, and stays in effect on the next connection")
    func ends() async throws {
        try await withChannelScript { words, _ in
            words.hasPrefix("__subscribe__") || words.hasPrefix("__join__") ? .result("null") : nil
        } _: { client, script in
            try await client.subscribe(to: "news", "a")
            try await client.join("lobby")
            await cancelled("__unsubscribe__ news", script) { try await client.unsubscribe(from: "news") }
            await cancelled("__leave__ lobby", script) { try await client.leave("lobby") }
            await cancelled("__unsubscribe__", script) { try await client.unsubscribeFromAll() }
            try await client.mark()
            #expect(
                script.requests.values == [
                    "__subscribe__ news a", "__join__ lobby", "__unsubscribe__ news", "__abort__",
                    "__unsubscribe__ news",
                    "__leave__ lobby", "__abort__", "__leave__ lobby", "__unsubscribe__", "__abort__",
                    "__unsubscribe__",
                ])
            try await client.loseConnection()
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values.count == 11)
        }
    }

    @Test("that ends something takes effect if it times out")
    func endTimedOut() async throws {
        // The server detects the timeout.
        try await withChannelScript(callTimeout: .seconds(3_600)) { words, times in
            words.hasPrefix("__leave__") && times == 0 ? .error(-32_003) : .result("null")
        } _: { client, script in
            try await client.join("lobby")
            let error = await #expect(throws: ClientError.self) { try await client.leave("lobby") }
            #expect(error?.code == .timedOut)
            try await client.loseConnection()
            try await client.connect()
            try await client.mark()
            #expect(
                script.requests.values.filter { $0 != "__abort__" }
                    == ["__join__ lobby", "__leave__ lobby", "__leave__ lobby"])
        }
    }

    @Test("that ends something is made even if its task was cancelled before")
    func endInCancelledTask() async throws {
        try await withChannelScript { words, _ in
            .result("null")
        } _: { client, script in
            try await client.join("lobby")
            let cancelled = Gate()
            let task = Task {
                await cancelled.wait()
                try await client.leave("lobby")
            }
            task.cancel()
            cancelled.open()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby", "__leave__ lobby"])
        }
    }

    @Test("does not affect names that another request keeps")
    func counted() async throws {
        try await withChannelScript { words, times in
            words == "__join__ lobby" && times == 0 || words == "__subscribe__ b" ? .result("null") : nil
        } _: { client, script in
            try await client.join("lobby")
            await cancelled("__join__ lobby", script) { try await client.join("lobby") }
            try await client.subscribe(to: "b")
            await cancelled("__subscribe__ a b", script) { try await client.subscribe(to: "a", "b") }
            try await client.mark()
            #expect(
                script.requests.values.filter { $0 != "__abort__" } == [
                    "__join__ lobby", "__join__ lobby", "__subscribe__ b", "__subscribe__ a b", "__unsubscribe__ a",
                ])
        }
    }

    @Test("is ended later if the server temporarily refuses the compensation")
    func refusedForNow() async throws {
        try await withChannelScript(pauses: .milliseconds(20)) { words, times in
            words != "__leave__ lobby" ? nil : times == 0 ? .error(-32_000) : .result("true")
        } _: { client, script in
            await cancelled("__join__ lobby", script) { try await client.join("lobby") }
            await script.requests.wait { $0.count { $0 == "__leave__ lobby" } == 2 }
        }
    }
}

@Suite("Without a connection, a client", .timeLimit(.minutes(5)))
struct OfflineInterestTests {
    @Test("leaves and unsubscribes at once, and does not request those names again")
    func ends() async throws {
        // A request that waits for a connection would fail.
        try await withChannelScript(timeToLive: .milliseconds(50)) { _, _ in
            .result("null")
        } _: { client, script in
            try await client.join("lobby")
            try await client.subscribe(to: "news", "a")
            try await client.loseConnection()
            try await client.leave("lobby")
            try await client.unsubscribe(from: "news")
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby", "__subscribe__ news a", "__subscribe__ a"])
            try await client.loseConnection()
            try await client.unsubscribeFromAll()
            try await client.leaveAllRooms()
            await client.close()
            try await client.unsubscribe(from: "news")
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values.count == 3)
        }
    }

    @Test("has left if the connection ends before the response")
    func endLost() async throws {
        try await withChannelScript { words, _ in
            words.hasPrefix("__leave__") ? nil : .result("null")
        } _: { client, script in
            try await client.join("lobby")
            let leaving = Task { try await client.leave("lobby") }
            await script.requests.wait { $0.contains("__leave__ lobby") }
            try await client.loseConnection()
            try await leaving.value
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby", "__leave__ lobby"])
        }
    }

    @Test("repeats a pending request once, or not at all if it is given up")
    func beginLost() async throws {
        try await withChannelScript { words, times in
            times == 0 ? nil : .result("null")
        } _: { client, script in
            let joining = Task { try await client.join("lobby") }
            await script.requests.wait { $0.contains("__join__ lobby") }
            let subscribing = Task { try await client.subscribe(to: "news") }
            await script.requests.wait { $0.contains("__subscribe__ news") }
            try await client.loseConnection()
            subscribing.cancel()
            await #expect(throws: CancellationError.self) { try await subscribing.value }
            try await client.connect()
            _ = try await joining.value
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby", "__subscribe__ news", "__join__ lobby"])
        }
    }
}
