import EventLoops
import Testing

@Suite("A loop that is at a handler", .timeLimit(.minutes(1)))
struct BusyLoopTests {
    @Test("is handed no connection of a Unix-domain socket")
    func unix() async throws {
        let group = EventLoopGroup(loops: 3, name: "server")
        let clients = EventLoopGroup(loops: 1, name: "client")
        let accepted = Accepted()
        let listener = try await Listener.listen(on: .unix(path: temporaryPath()), loops: group.loops) {
            accepted.add(Peer($0))
        }
        let busy = group.loops[1]
        let label = WorkLabel("a test")
        let outer = await busy.run { busy.begin(label) }
        for _ in 0..<6 {
            _ = try await Peer.connect(to: listener.localAddress, on: clients.loops[0])
            #expect(try await accepted.next().loop !== busy)
        }
        await busy.run { busy.end(outer) }
        await listener.close()
        await clients.shutdown()
        await group.shutdown()
    }
}
