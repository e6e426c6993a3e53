import EventLoops
import Foundation
import Testing
import Webshocket

@Suite("A client after a long silence", .timeLimit(.minutes(5)))
struct SilenceTests {
    @Test("does not send on a connection that may be lost, and reports the loss")
    func suspended() async throws {
        let dozing = Gate()
        let seen = Collected<String>()
        let group = EventLoopGroup(loops: 1, name: "suspended")
        try await withScriptedServer { request in
            seen.append(request.method)
            // Stops reading, pings included.
            if request.method == "doze" { await dozing.wait() }
        } _: { url in
            var configuration = ClientConfiguration(codec: .json)
            configuration.reconnect = .never
            configuration.connectTimeout = .patient
            configuration.heartbeat = Heartbeat(interval: .milliseconds(10), timeout: .seconds(3))
            let client = WebSocketClient(url, configuration: configuration, on: group.next())
            try await client.connect()
            try await client.notify("doze")
            await seen.wait(count: 1)
            // Simulates a suspended process: its event loop is blocked for longer than the heartbeat allows.
            client.loop.execute { Thread.sleep(forTimeInterval: 3.2) }
            let error = await #expect(throws: ClientError.self) { try await client.sendRPC("m") }
            #expect(error?.delivery == .notSent)
            dozing.open()
        }
        #expect(seen.values == ["doze"])
        await group.shutdown()
    }
}
