import Testing

/// A parsed response of a server.
struct HTTPAnswer: Sendable {
    let status: Int
    let head: [String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The values of a header. They are found only in the format `name: value`, which the server writes.
    func values(_ name: String) -> [String] {
        head.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    /// The head without the date.
    var undated: [String] { head.filter { !$0.hasPrefix("Date: ") } }

    subscript(name: String) -> String? { values(name).first }

    /// Removes the first response from some bytes.
    /// - Parameter isHead: Whether it is a response to `HEAD`, which does not have a body.
    static func first(of bytes: inout ArraySlice<UInt8>, isHead: Bool = false) -> HTTPAnswer? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components("\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
        let bare = HTTPAnswer(status: status, head: Array(lines.dropFirst()), body: [])
        let length = isHead ? 0 : bare["Content-Length"].flatMap { Int($0) } ?? 0
        guard bytes[end.upperBound...].count >= length else { return nil }
        let rest = bytes[end.upperBound...]
        bytes = rest.dropFirst(length)
        return HTTPAnswer(status: status, head: bare.head, body: Array(rest.prefix(length)))
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] { split(separator: separator).map(String.init) }
}

/// A client that sends requests on one connection, and keeps it open.
final class HTTPPeer {
    let raw: RawPeer
    private var read = 0

    init(port: Int, reads: Bool = true) async throws {
        raw = try await RawPeer(port: port, reads: reads)
    }

    /// The head of a request.
    static func head(_ method: String, _ path: String, _ lines: [String] = []) -> String {
        (["\(method) \(path) HTTP/1.1", "Host: localhost"] + lines).map { "\($0)\r\n" }.joined() + "\r\n"
    }

    func send(_ path: String, _ lines: String..., method: String = "GET") {
        raw.send(Self.head(method, path, lines))
    }

    /// The next response. Throws if the connection ends before it is complete.
    func answer(isHead: Bool = false) async throws -> HTTPAnswer {
        let from = read
        let bytes = await raw.received { bytes in
            var rest = bytes.dropFirst(from)
            return HTTPAnswer.first(of: &rest, isHead: isHead) != nil
        }
        var rest = bytes.dropFirst(from)
        let answer = try #require(
            HTTPAnswer.first(of: &rest, isHead: isHead), "\(String(decoding: rest, as: UTF8.self))")
        read = bytes.count - rest.count
        return answer
    }

    func get(_ path: String, _ lines: String..., method: String = "GET") async throws -> HTTPAnswer {
        raw.send(Self.head(method, path, lines))
        return try await answer(isHead: method == "HEAD")
    }

    /// The bytes that are received until the connection ends.
    func rest() async -> String {
        let from = read
        return String(decoding: await raw.received { _ in false }.dropFirst(from), as: UTF8.self)
    }

    /// Sends one request on a new connection.
    static func get(_ port: Int, _ path: String, _ lines: String..., method: String = "GET") async throws -> HTTPAnswer
    {
        let peer = try await HTTPPeer(port: port)
        defer { peer.raw.close() }
        peer.raw.send(head(method, path, lines))
        return try await peer.answer(isHead: method == "HEAD")
    }
}
