import EventLoops
import Testing

@Suite("A race of addresses")
struct AddressRaceTests {
    private static let (ipv4, ipv6): (Int32, Int32) = (4, 6)
    private let start = ContinuousClock.now

    private func race(_ families: [Int32], timeout: Duration = .seconds(10)) -> AddressRace {
        AddressRace(families: families, start: start, deadline: start + timeout)
    }

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    private func refused() -> SocketError { SocketError(.connectionRefused, .connect) }

    @Test(
        "alternates between the address families, starting with the resolver's first one",
        arguments: [
            ([6, 6, 4, 4], [0, 2, 1, 3]), ([4, 6, 6, 6], [0, 1, 2, 3]), ([4, 4, 4, 6], [0, 3, 1, 2]),
            ([6, 6, 6], [0, 1, 2]), ([4], [0]),
        ] as [([Int32], [Int])])
    func order(families: [Int32], order: [Int]) {
        var race = race(families)
        var found: [Int] = []
        while case .start(let address) = race.next(at: start) {
            found.append(address)
            race.failed(address, refused(), at: start)
        }
        #expect(found == order)
        let end = race.next(at: start)
        #expect(end == .fail(refused()))
    }

    @Test("starts an attempt every 250 ms, then waits for the deadline")
    func delay() {
        var race = race([Self.ipv6, Self.ipv4])
        var steps = [race.next(at: at(0)), race.next(at: at(0)), race.next(at: at(249))]
        #expect(steps == [.start(0), .wait(until: at(250)), .wait(until: at(250))])
        steps = [race.next(at: at(250)), race.next(at: at(250)), race.next(at: at(10_000))]
        #expect(
            steps == [.start(1), .wait(until: at(10_000)), .fail(SocketError(.timedOut, .connect))])
    }

    @Test("starts the next attempt as soon as one fails, and another 250 ms later")
    func failure() {
        var race = race([Self.ipv6, Self.ipv6, Self.ipv6])
        var steps = [race.next(at: at(0)), race.next(at: at(0))]
        race.failed(0, refused(), at: at(20))
        steps += [race.next(at: at(20)), race.next(at: at(20))]
        #expect(steps == [.start(0), .wait(until: at(250)), .start(1), .wait(until: at(270))])
    }

    @Test("fails when all attempts have failed, even if several ran at the same time")
    func allFail() {
        var race = race([Self.ipv6, Self.ipv4])
        _ = race.next(at: at(0))
        _ = race.next(at: at(250))
        race.failed(0, refused(), at: at(300))
        let between = race.next(at: at(300))
        #expect(between == .wait(until: at(10_000)))
        race.failed(1, SocketError(.connectionReset, .connect), at: at(310))
        let end = race.next(at: at(310))
        #expect(end == .fail(SocketError(.connectionReset, .connect)))
    }

    @Test(
        "prefers an error from an address over the lack of a route to another address",
        arguments: [
            ([.connectionRefused, .networkUnreachable], .connectionRefused),
            ([.networkUnreachable, .connectionRefused], .connectionRefused),
            ([.hostUnreachable, .networkUnreachable], .networkUnreachable),
            ([.connectionRefused, .connectionReset], .connectionReset),
        ] as [([SocketError.Code], SocketError.Code)])
    func mostTelling(answers: [SocketError.Code], told: SocketError.Code) {
        var race = race([Self.ipv6, Self.ipv4])
        for (address, code) in answers.enumerated() {
            _ = race.next(at: start)
            race.failed(address, SocketError(code, .connect), at: start)
        }
        let end = race.next(at: start)
        #expect(end == .fail(SocketError(told, .connect)))
    }

    @Test("shortens the delay if the timeout is short, but not below 10 ms")
    func shortTime() {
        var race = race([4, 4, 4, 4], timeout: .milliseconds(100))
        var steps = [race.next(at: at(0)), race.next(at: at(0))]
        #expect(steps == [.start(0), .wait(until: at(20))])
        race = self.race(Array(repeating: 4, count: 100), timeout: .milliseconds(100))
        steps = [race.next(at: at(0)), race.next(at: at(0))]
        #expect(steps == [.start(0), .wait(until: at(10))])
    }

    @Test("fails if there is no address or the deadline has passed")
    func empty() {
        var none = race([])
        let end = none.next(at: start)
        #expect(end == .fail(SocketError(.hostNotFound, .resolve)))
        var late = race([4])
        let tooLate = late.next(at: at(10_000))
        #expect(tooLate == .fail(SocketError(.timedOut, .connect)))
    }
}
