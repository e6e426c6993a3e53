import Testing
import Webshocket

@Suite("Sessions", .timeLimit(.minutes(5)))
struct SessionTests {
    @Test("attributes of one connection are not visible to another")
    func isolation() async throws {
        let host = Host()
        try await withServer(host) { server in
            try await withClient(server.url) { first in
                let ann = try await host.connection(of: first)
                try await withClient(server.url, .json) { second in
                    let bob = try await host.connection(of: second)
                    #expect(ann !== bob)
                    ann.name = "Ann"
                    #expect(bob.attributes == [:])
                    bob.name = "Bob"
                    #expect(ann.name == "Ann")
                    ann.removeAttributes()
                    #expect(bob.name == "Bob")
                }
            }
        }
    }

    @Test("storage is allocated when the first attribute is set")
    func noStorage() async throws {
        try await Host.withConnection { connection in
            connection.team = nil
            connection["team"] = nil
            connection.userID = nil
            connection.removeAttributes()
            #expect(connection.team == nil)
            #expect(connection.attributes == [:])
            #expect(!connection.hasAttributeStorage)
            connection.team = "red"
            #expect(connection.hasAttributeStorage)
        }
    }

    @Test("attributes are removed after onDisconnect has returned", arguments: [true, false])
    func end(hasAttributes: Bool) async throws {
        let host = Host()
        let kept = Collected<Connection>()
        try await withServer(host) { server in
            try await withClient(server.url) { client in
                let connection = try await host.connection(of: client)
                if hasAttributes { connection.userID = "ann" }
                kept.append(connection)
            }
        }
        #expect(host.lastWords.values == [hasAttributes ? ["userID": "ann", "leftWith": 1_000] : ["leftWith": 1_000]])
        try expectOver(kept)
    }

    @Test("attributes are removed if the handler has no onDisconnect", arguments: ["/silent", "/messages"])
    func silentEnd(path: String) async throws {
        struct Silent: WebSocketHandler {
            let access = Access.everyone
            let kept: Collected<Connection>
            func arrive(_ connection: Connection) { kept.append(connection) }
            var methods: RPCMethods { RPCMethod("arrive", arrive) }
        }
        let kept = Collected<Connection>()
        try await withServer {
            WebSocketRoute("/silent", Silent(kept: kept))
            WebSocketRoute("/messages", access: .everyone) { connection, message in
                connection.count = (connection.count ?? 0) + 1
                kept.append(connection)
                connection.send(message)
            }
        } _: { server in
            if path == "/silent" {
                try await withClient(server.url(path: path)) { client in try await client.expect(.null, from: "arrive")
                }
            } else {
                try await withRawClient(server.url(path: path)) { client in
                    for _ in 0..<2 {
                        try await client.send(WebSocketMessage.text("x"))
                        _ = try await client.receive()
                    }
                    #expect(kept.values.last?.count == 2)
                }
            }
        }
        try expectOver(kept)
    }

    private func expectOver(_ kept: Collected<Connection>) throws {
        let connection = try #require(kept.values.last)
        #expect(connection.attributes == [:])
        connection.userID = "bob"
        connection["a"] = 1
        try connection.setAttribute("b", to: 1)
        connection.removeAttributes()
        connection.a = 2
        #expect(connection.attributes == [:])
        #expect(connection.userID == nil)
        #expect(!connection.hasAttributeStorage)
    }

    @Test("concurrent reads and writes lose no attribute")
    func threads() async throws {
        try await Host.withConnection { connection in
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for turn in 0..<200 {
                            connection["\(writer)"] = .int(Int64(turn))
                            connection.shared = writer
                            let copy = connection.attributes
                            #expect(copy["\(writer)"] == .int(Int64(turn)))
                            #expect((0..<8).contains(connection.shared ?? 0))
                        }
                    }
                }
            }
            connection.shared = nil
            #expect(connection.attributes == Dictionary(uniqueKeysWithValues: (0..<8).map { ("\($0)", 199) }))
        }
    }

    @Test("concurrent first writes share one storage")
    func firstWriters() async throws {
        try await Host.withConnection { connection in
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<16 { group.addTask { connection["\(writer)"] = true } }
            }
            #expect(connection.attributes.count == 16)
        }
    }

    /// A method that runs until the attribute `mayEnd` is true.
    final class Waiting: WebSocketHandler {
        let access = Access.everyone
        let connections = Collected<Connection>()
        let begun = Gate()

        func wait(_ connection: Connection) async throws -> Int? {
            connections.append(connection)
            begun.open()
            try await until { connection.mayEnd == true }
            return connection.result
        }

        var methods: RPCMethods {
            RPCMethod("wait", wait)
        }
    }

    @Test("running calls see attributes that other tasks change")
    func whileCallsRun() async throws {
        let handler = Waiting()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                async let result: Int? = client.sendRPC("wait")
                await handler.begun.wait()
                let connection = try #require(handler.connections.values.first)
                await Task.detached {
                    connection.result = 42
                    connection.mayEnd = true
                }.value
                #expect(try await result == 42)
            }
        }
    }
}
