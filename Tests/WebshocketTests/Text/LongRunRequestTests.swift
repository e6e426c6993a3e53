import Testing
import Webshocket

@Suite("Long runs of combining marks in HTTP requests", .timeLimit(.minutes(5)))
struct LongRunRequestTests {
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    /// Functions that return a request target and a header with the text at different places.
    private static let places: [@Sendable (String) -> (target: String, header: String)] = [
        { ("/", "Cookie: session=\($0)") }, { ("/", "Cookie: a=1; \($0)=2") }, { ("/", "X-Anything: \($0)") },
        { ("/?name=\(encoded($0))", "X-Anything: 1") }, { ("/?\(encoded($0))", "X-Anything: 1") },
        { ("/?a=1&b=2+\(encoded($0))+&c", "X-Anything: 1") }, { ("/\(encoded($0))?a=b", "X-Anything: 1") },
    ]

    @Test("a request with a long run is refused with 400 before authentication", arguments: places.indices)
    func authentication(place: Int) async throws {
        struct Guarded: WebSocketHandler {
            let asked = Collected<String>()

            var access: Access {
                .authenticated { [asked] request in
                    asked.append(request.path)
                    return .admit(userID: "ann")
                }
            }
        }
        let handler = Guarded()
        func answer(_ text: String, _ server: WebSocketServer) async throws -> String {
            let (target, header) = Self.places[place](text)
            let peer = try await RawPeer(port: server.port)
            defer { peer.close() }
            peer.send(RawFrame.upgrade.replacing("GET / ", with: "GET \(target) ").dropLast() + "\(header)\r\n\r\n")
            let bytes = await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
            return String(decoding: bytes.prefix(13), as: UTF8.self)
        }
        try await withServer(handler) { server in
            #expect(try await answer(Runs.long, server) == "HTTP/1.1 400 ")
            #expect(handler.asked.values == [])
            let isElsewhere = Self.places[place]("").target.hasPrefix("/?a=b")
            let expected = isElsewhere ? "HTTP/1.1 404 " : "HTTP/1.1 101 "
            let status = try await answer(Runs.short, server)
            #expect(status == expected)
        }
    }

    @Test("a request with a long run is refused with 400 before a page runs", arguments: places.indices)
    func pages(place: Int) async throws {
        let asked = Collected<String>()
        try await withServer(routes: {
            HTTPRoute("/") { request in
                asked.append(request.path)
                return .text("page")
            }
        }) { server in
            let (target, header) = Self.places[place](Runs.long)
            let peer = try await RawPeer(port: server.port)
            peer.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(header)\r\n\r\n")
            #expect(await peer.everything().hasPrefix("HTTP/1.1 400 "))
        }
        #expect(asked.values == [])
    }
}
