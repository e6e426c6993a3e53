import EventLoops
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite("A signal source", .serialized, .timeLimit(.minutes(5)))
struct SignalSourceTests {
    @Test("delivers its signals, and ends when it is closed")
    func delivers() async throws {
        let source = try await SignalSource.open([SIGUSR1, SIGUSR2])
        var iterator = source.signals.makeAsyncIterator()
        for number in [SIGUSR2, SIGUSR1] {
            kill(getpid(), number)
            #expect(await iterator.next() == number)
        }
        await source.close()
        await source.close()
        #expect(await iterator.next() == nil)
    }

    @Test("fails for a signal that cannot be caught")
    func refuses() async {
        await #expect(throws: SocketError.self) { _ = try await SignalSource.open([SIGKILL]) }
    }
}
