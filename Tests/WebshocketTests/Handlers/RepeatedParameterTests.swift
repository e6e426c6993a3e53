import Testing
import Webshocket

@Suite("Repeated parameter names")
struct RepeatedParameterTests {
    private struct Handler: WebSocketHandler {
        let access = Access.everyone
        let kind: Int

        func add(_ connection: Connection, a: Int, b: Int, c: Int) -> Int { a + b + c }
        func addLater(_ connection: Connection, a: Int, b: Int, c: Int) async -> Int { a + b + c }
        func note(_ connection: Connection, a: Int, b: Int) {}
        func noteLater(_ connection: Connection, a: Int, b: Int) async {}
        func count(_ connection: Connection, a: Int, b: Int) -> AsyncStream<Int> { AsyncStream { nil } }
        func countLater(_ connection: Connection, a: Int, b: Int) async -> AsyncStream<Int> { AsyncStream { nil } }

        var methods: RPCMethods {
            switch kind {
            case 0: RPCMethod("method", add, parameters: "x", "y", "x")
            case 1: RPCMethod("method", addLater, parameters: "y", Parameter("x", default: 1), "x")
            case 2: RPCMethod("method", note, parameters: "x", "x")
            case 3: RPCMethod("method", noteLater, parameters: "x", "x")
            case 4: RPCMethod("method", count, parameters: "x", "x")
            case 5: RPCMethod("method", countLater, parameters: "x", "x")
            // These names differ.
            default:
                RPCMethod("method", add, parameters: "x", "X", "\u{E9}")
                RPCMethod("composed", note, parameters: "\u{E9}", "e\u{301}")
                RPCMethod("unnamed", note)
            }
        }
    }

    @Test("a repeated name is a startup error that names the method and the parameter", arguments: 0...5)
    func isError(kind: Int) async throws {
        let server = WebSocketServer(port: 0, handler: Handler(kind: kind), configuration: .quiet)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidMethod)
        #expect(error?.message == "method 'method': two parameters are named 'x'")
        await server.stop()
    }

    @Test("names are compared by their bytes, and unnamed parameters are not compared")
    func isNoError() async throws {
        try await withServer(Handler(kind: 6)) { _ in }
    }
}
