import Dispatch
import EventLoops
import Testing

@Suite("A loop that runs labelled work", .timeLimit(.minutes(5)))
struct BusyLoopTests {
    @Test("gets no connections from a Unix-domain listener")
    func unix() async throws {
        let group = EventLoopGroup(loops: 3, name: "server")
        let clients = EventLoopGroup(loops: 1, name: "client")
        let accepted = Accepted()
        let listener = try await Listener.listen(on: .unix(path: temporaryPath()), loops: group.loops) {
            accepted.add(Peer($0))
        }
        let busy = group.loops[1]
        let label = WorkLabel("a test")
        let (gate, isIn) = (DispatchSemaphore(value: 0), AsyncStream.makeStream(of: Void.self))
        busy.execute {
            let outer = busy.begin(label)
            isIn.continuation.yield()
            gate.wait()
            busy.end(outer)
        }
        for await _ in isIn.stream { break }
        for _ in 0..<6 {
            _ = try await Peer.connect(to: listener.localAddress, on: clients.loops[0])
            #expect(try await accepted.next().loop !== busy)
        }
        gate.signal()
        // Keep the label alive until the loop has finished the work.
        await busy.run { withExtendedLifetime(label) {} }
        await listener.close()
        await clients.shutdown()
        await group.shutdown()
    }
}
