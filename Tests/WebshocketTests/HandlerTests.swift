import Foundation
import Testing
import Webshocket

@Suite("Handlers", .timeLimit(.minutes(5)))
struct HandlerTests {
    /// A handler with mutable state.
    actor Counter: WebSocketHandler {
        let access = Access.everyone
        private var count = 0

        func bump(by step: Int) -> Int {
            count += step
            return count
        }

        func slowBump(_ connection: Connection, step: Int) async -> Int { bump(by: step) }

        nonisolated var methods: RPCMethods {
            RPCMethod("bump") { (_: Connection, step: Int) async in await self.bump(by: step) }
            RPCMethod("slow", slowBump)
        }
    }

    @Test("a handler may be an actor")
    func actor() async throws {
        try await withServer(Counter()) { server in
            try await withClient(server.url) { client in
                try await client.expect(2, from: "bump", 2)
                try await client.expect(5, from: "slow", 3)
            }
        }
    }

    struct Everywhere: WebSocketHandler {
        let access = Access.everyone

        @concurrent
        func concurrent(_ connection: Connection) async -> Bool { connection.loop.isCurrent }

        func elsewhere(_ connection: Connection) async -> [Bool] {
            let away = await withTaskExecutorPreference(globalConcurrentExecutor) { connection.loop.isCurrent }
            return [away, connection.loop.isCurrent]
        }

        var methods: RPCMethods {
            RPCMethod("concurrent", concurrent)
            RPCMethod("elsewhere", elsewhere)
        }
    }

    @Test("methods run on the event loop, even if marked @concurrent, unless they switch executors")
    func executors() async throws {
        try await withServer(Everywhere()) { server in
            try await withClient(server.url) { client in
                try await client.expect(true, from: "concurrent")
                try await client.expect([false, true], from: "elsewhere")
            }
        }
    }

    /// Methods with types that are text in JSON and have native MessagePack forms.
    struct Carrier: WebSocketHandler {
        let access = Access.everyone

        func bytes(_ connection: Connection, bytes: [UInt8]) -> [UInt8] { bytes.reversed() }
        func data(_ connection: Connection, data: Data) -> Data { Data(data.reversed()) }
        func date(_ connection: Connection, date: Date) -> Date { date.addingTimeInterval(1.5) }
        func many(_ connection: Connection, names: [String: [Int?]]) -> Int {
            names.values.joined().count { $0 != nil }
        }

        var methods: RPCMethods {
            RPCMethod("bytes", bytes)
            RPCMethod("data", data)
            RPCMethod("date", date)
            RPCMethod("many", many)
        }
    }

    @Test("methods take and return bytes, data, dates and collections", arguments: PacketCodec.codecs)
    func kinds(codec: PacketCodec) async throws {
        try await withServer(Carrier()) { server in
            try await withClient(server.url, codec) { client in
                let bytes: [UInt8] = try await client.sendRPC("bytes", [1, 2, 255] as [UInt8])
                #expect(bytes == [255, 2, 1])
                let data: Data = try await client.sendRPC("data", Data([1, 2, 255]))
                #expect(data == Data([255, 2, 1]))
                let date: Date = try await client.sendRPC("date", Date(timeIntervalSince1970: 1_700_000_000.25))
                #expect(date == Date(timeIntervalSince1970: 1_700_000_001.75))
                let count: Int = try await client.sendRPC("many", ["a": [1, nil], "b": [2]] as [String: [Int?]])
                #expect(count == 2)
            }
        }
    }

    @Test("a client reads JSON responses in binary frames")
    func binaryJSON() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.jsonFrames = .binary
        try await withServer(SampleHandler(), configuration) { server in
            try await withClient(server.url, .json) { client in try await client.expect(3, from: "add", 1, 2) }
            try await withRawClient(server.url) { client in
                try await client.send(.text(#"{"source":5,"rpc":{"type":"request","method":"nothing"}}"#))
                guard case .binary = try await client.receive() else {
                    Issue.record("a text frame")
                    return
                }
            }
        }
    }
}
