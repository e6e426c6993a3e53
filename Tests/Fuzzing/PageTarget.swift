import WebSocketProtocol

/// Fuzzes the parsers for file requests: paths, If-None-Match headers, and locations of redirects.
enum PageTarget: FuzzTarget {
    static let name = "pages"

    static let seeds = [
        seed(0, then: "/style.css".utf8), seed(0, then: "/a%20b/%C3%A9.txt".utf8), seed(0, then: "/sub/".utf8),
        seed(0, then: "/%2e%2e/a".utf8), seed(0, then: "/a%2fb%5cc%00".utf8), seed(0, then: "/%c0%ae%252e".utf8),
        seed(1, then: #"W/"a", "b,c" , *"#.utf8), seed(1, then: #""ba7816bf""#.utf8), seed(1, then: "*".utf8),
        seed(2, then: "/there?a=b c".utf8),
    ]

    static let words = ["%2e", "%2f", "%5c", "%00", "..", "%25", "%c0%ae", "/", "W/", "\"", ", ", "*"].map {
        Array($0.utf8)
    }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let kind = choices.next() % 3
        guard let text = String(validating: Array(choices.rest), as: UTF8.self) else { return }
        switch kind {
        case 0: check(path: text)
        case 1: check(list: text)
        default: check(location: text)
        }
    }

    /// Checks that a path stays below its folder, and that its encoded form gives the same path.
    private static func check(path text: String) {
        guard let path = FilePath(text[...]) else { return }
        for name in path.names {
            Fuzzing.check(!name.isEmpty && !name.utf8.starts(with: ".".utf8), "a name is not empty or hidden")
            Fuzzing.check(
                !name.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F || $0 == 0x5C },
                "a name has no separators or control characters")
        }
        let digits = Array("0123456789ABCDEF".utf8)
        let plain = path.names.map { name in
            "/"
                + String(
                    decoding: name.utf8.flatMap { [0x25, digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }.joined()
        let again = FilePath((path.isFolder ? plain + "/" : plain)[...])
        Fuzzing.check(again == path, "an encoded path gives the same path")
    }

    /// Checks that weak and strong tags are found alike, and that a tag is found in a second header line.
    private static func check(list text: String) {
        var headers = HTTPHeaders()
        guard (try? headers.add(name: "If-None-Match", value: text)) != nil else { return }
        let isFound = EntityTag.isListed("\"a\"", in: headers)
        Fuzzing.check(isFound == EntityTag.isListed("W/\"a\"", in: headers), "weak and strong tags match alike")
        guard isFound else { return }
        Fuzzing.check(text == "*" || text.utf8.contains(UInt8(ascii: "a")), "a tag is found only if it is in the list")
        try? headers.add(name: "If-None-Match", value: "\"b\"")
        Fuzzing.check(text == "*" || EntityTag.isListed("\"b\"", in: headers), "each header line is a list")
    }

    /// Checks that the encoded location of a redirect is valid in a header.
    private static func check(location text: String) {
        let location = PercentEncoding.encodingUnprintable(text)
        Fuzzing.check(location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a location is printable")
        Fuzzing.check(PercentEncoding.encodingUnprintable(location) == location, "encoding twice changes nothing")
    }
}
