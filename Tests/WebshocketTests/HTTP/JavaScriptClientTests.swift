import Testing
import Webshocket

@Suite("The JavaScript client", .timeLimit(.minutes(5)))
struct JavaScriptClientTests {
    @Test(
        "is served with its type declarations",
        arguments: [("/webshocket.js", "/webshocket.d.ts"), ("/lib/ws.mjs", "/lib/ws.d.mts")])
    func module(path: String, types: String) async throws {
        try await withServer(routes: { JavaScriptClient(path) }) { server in
            let peer = try await HTTPPeer(port: server.port)
            let module = try await peer.get(path)
            #expect(module.status == 200 && module.text.contains("export class WebshocketClient"))
            #expect(module["Content-Type"] == "text/javascript; charset=utf-8")
            #expect(module["Access-Control-Allow-Origin"] == "*")
            let tag = try #require(module["ETag"])
            #expect(try await peer.get(path, "If-None-Match: \(tag)").status == 304)
            let declarations = try await peer.get(types)
            #expect(declarations.status == 200 && declarations["ETag"] != tag)
        }
    }

    @Test("must have a path that ends with .js or .mjs", arguments: ["/webshocket", "webshocket.js", "/client.css"])
    func paths(path: String) async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet) { JavaScriptClient(path) }
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidRoute)
    }
}
