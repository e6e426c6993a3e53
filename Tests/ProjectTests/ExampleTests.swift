import Testing

@Suite("The examples", .timeLimit(.minutes(5)))
struct ExampleTests {
    @Test("Calculator prints its results")
    func calculator() async throws {
        let outcome = try await RunningCommand.run(example: "Calculator")
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(
            outcome.output.split(separator: "\n").dropFirst() == [
                "10 + 20 = 30.0", "7 / 2 = 3.5", "The mean of 1, 2 and 6 is 3.0", "1 / 0: cannot divide by zero",
            ])
    }

    @Test("Auction refuses calls, limits their rate, and streams prices")
    func auction() async throws {
        let outcome = try await RunningCommand.run(example: "Auction")
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.split(separator: "\n")
        // The order of Bob's calls and of the elements of Ann's stream is not defined.
        #expect(
            lines.filter { !$0.hasPrefix("ann sees ") } == [
                "cannot bid as a stranger: Access denied for RPC method 'bid'.",
                "cannot bid too little: the price is already 100", "bob bids 120",
                "cannot bid in haste: Rate limit exceeded for RPC method 'bid'. Try again later.",
                "cannot close the lot as bob: Access denied for RPC method 'close'.", "the lot is closed",
            ])
        // On a busy machine, her stream may begin late.
        let seen = lines.filter { $0.hasPrefix("ann sees ") }
        #expect(!seen.isEmpty && seen == ["ann sees 100", "ann sees 120", "ann sees 150"].suffix(seen.count))
    }

    @Test("Primes counts off the event loop, and saves the results")
    func primes() async throws {
        let outcome = try await RunningCommand.run(example: "Primes")
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(
            outcome.output.split(separator: "\n") == [
                "line 1: 25 primes below 100", "line 2: 78498 primes below 1000000",
            ])
    }

    @Test("Rooms delivers messages, whispers and membership events")
    func rooms() async throws {
        let outcome = try await RunningCommand.run(example: "Rooms")
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.split(separator: "\n")
        // The order of a client's own output and of the packets that it receives is not defined.
        #expect(
            lines.filter { $0.hasPrefix("ann") }.sorted() == [
                "ann | [notices.all] notice: closing soon", "ann | [room.tea] bob has left",
                "ann | [room.tea] bob is here", "ann | [room.tea] topic: oolong", "ann | [room.tea] with ann",
                "ann | bob whispers: psst", "ann | topic: no topic yet", "ann | {\"room.tea\":1}",
            ])
        #expect(
            lines.filter { $0.hasPrefix("bob") }.sorted() == [
                "bob | [notices.all] notice: closing soon", "bob | [room.tea] ann says: hello, bob",
                "bob | [room.tea] topic: oolong", "bob | [room.tea] with ann and bob",
                "bob | error: accessDenied: Access denied for RPC method 'notice'.", "bob | topic: no topic yet",
            ])
    }

    @Test("Chat assigns each name once, keeps messages, and lets only admins kick")
    func chat() async throws {
        let outcome = try await RunningCommand.run(example: "Chat", "--rehearse")
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(
            outcome.output.split(separator: "\n") == [
                "Ann | #tea with Ann",
                "a second Ann: The name ann is already taken. Please choose another name.",
                "Bob | #tea with Ann, Bob", "Bob | #tea Ann: good morning", "Bob | #tea here: Ann, Bob",
                "Bob | error: Access denied for RPC method 'kick'.",
                "Bob | error: A message may have at most 2,000 characters (got 2001).",
            ])
    }

    @Test(
        "Chat prints its usage if its arguments are invalid",
        arguments: [["--port", "x"], ["--what"], ["ann", "bob"]])
    func chatUsage(arguments: [String]) async throws {
        let outcome = try await RunningCommand.run(example: "Chat", arguments)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.hasPrefix("Usage:\n"))
    }
}
