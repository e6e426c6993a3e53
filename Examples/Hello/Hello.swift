import Webshocket

struct Numbers: WebSocketHandler {
    let access = Access.everyone

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

    var methods: RPCMethods {
        RPCMethod("add", add, parameters: "a", "b")
    }
}

@main
struct Hello {
    static func main() async throws {
        let server = WebSocketServer(port: 5000) {
            WebSocketRoute("/", Numbers())
            JavaScriptClient("/webshocket.js")
        }
        try await server.serve { print("Serving \(server.url)") }
    }
}
