/// Fuzzes the value of one header in an otherwise valid request, so that the whole input goes to the header's parser.
enum RequestHeaderTarget: FuzzTarget {
    static let name = "request-headers"

    private static let headers = [
        "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Origin", "Host", "Connection", "Upgrade",
        "Sec-WebSocket-Key", "Content-Length",
    ]

    static let seeds = [
        seed(0, then: "permessage-deflate; client_max_window_bits; server_max_window_bits=10".utf8),
        seed(0, then: "x-other, permessage-deflate; server_no_context_takeover; client_no_context_takeover".utf8),
        seed(0, then: #"permessage-deflate; client_max_window_bits="12""#.utf8),
        seed(1, then: "webshocket.v1, chat".utf8),
        seed(2, then: "https://example.com:443".utf8), seed(2, then: "null".utf8),
        seed(3, then: "example.com:8080".utf8), seed(3, then: "[2001:db8::1]:80".utf8),
        seed(4, then: "keep-alive, Upgrade".utf8), seed(5, then: "websocket, h2c".utf8),
        seed(6, then: "AAAAAAAAAAAAAAAAAAAAAA==".utf8), seed(7, then: "0".utf8),
    ]

    static let words = [
        "permessage-deflate", "server_max_window_bits=", "client_max_window_bits=", "server_no_context_takeover",
        "client_no_context_takeover", "; ", ", ", "\"", "\\", "=", "15", "8", "https://", "ws://", ":443", "[::1]",
        "99999999999999999999", "\r\n",
    ].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let changed = headers[Int(choices.next()) % headers.count]
        let bytes =
            head(without: changed).utf8.dropLast(2) + Array("\(changed): ".utf8) + choices.rest + [13, 10, 13, 10]
        bytes.withUnsafeBytes { head in
            let whole = Outcome(of: head, origins: .sameHost)
            check(whole == Outcome(of: head, lengths: [7, 50], origins: .sameHost), "pieces give the same result")
        }
    }

    /// Returns a valid request head, with an additional line, or without one of its headers.
    static func head(target: String = "/chat?room=1", with line: String? = nil, without name: String = "-") -> String {
        let lines = [
            "Host: example.com", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        let kept = lines.filter { !$0.hasPrefix("\(name):") } + (line.map { [$0] } ?? [])
        return (["GET \(target) HTTP/1.1"] + kept).joined(separator: "\r\n") + "\r\n\r\n"
    }
}
