import EventLoops
import Testing
import Webshocket

@Suite("The date of a response", .timeLimit(.minutes(5)))
struct HTTPDateTests {
    @Test(
        "has the format of HTTP",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)])
    func text(seconds: Int64, text: String) {
        var date = HTTPDate()
        #expect(date.text(at: seconds) == text)
    }

    @Test("changes with each second")
    func seconds() {
        var date = HTTPDate()
        let texts = [784_111_777, 784_111_777, 784_111_778, 784_111_777].map { date.text(at: $0).suffix(6) }
        #expect(texts == ["37 GMT", "37 GMT", "38 GMT", "37 GMT"])
    }

    @Test("is the current time for pages, files and refusals, unless a page sets another one")
    func answers() async throws {
        let folder = try TestFolder()
        try folder.write("hello", to: "hello.txt")
        try await withServer(routes: {
            HTTPRoute("/page") { _ in .text("page") }
            HTTPRoute("/dated") { _ in
                var response = HTTPResponse.text("old")
                try response.headers.add(name: "date", value: "Sun, 06 Nov 1994 08:49:37 GMT")
                return response
            }
            WebSocketRoute("/ws", access: .everyone) { _, _ in }
            StaticFiles("/", in: folder.path)
        }) { server in
            for (path, status) in [("/page", 200), ("/hello.txt", 200), ("/nothing", 404), ("/ws", 426)] {
                let begin = WallTime.now.seconds
                let answer = try await HTTPPeer.get(server.port, path)
                var date = HTTPDate()
                let times = (begin...WallTime.now.seconds).map { date.text(at: $0) }
                #expect(answer.status == status && answer.values("Date").count == 1)
                #expect(answer["Date"].map { times.contains($0) } == true)
            }
            let answer = try await HTTPPeer.get(server.port, "/dated")
            #expect(answer.values("Date") == ["Sun, 06 Nov 1994 08:49:37 GMT"])
        }
    }
}
