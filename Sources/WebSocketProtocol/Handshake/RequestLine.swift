/// The first line of a request (RFC 9112, section 3).
struct RequestLine {
    /// The target in origin form, as it was sent: percent-encoding is not decoded.
    let target: String
    /// The host of a target in absolute form.
    let authority: String?

    /// Reads a line, or says why it is refused.
    static func read(_ line: [UInt8]) -> Result<RequestLine, Refusal> {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isTokenCharacter) else {
            return .failure(.badRequest("The first line is no HTTP request."))
        }
        let version = parts[2]
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[version.startIndex + 6] == 0x2E,
            version[version.startIndex + 5].isDigit, version[version.startIndex + 7].isDigit
        else { return .failure(.badRequest("The first line is no HTTP request.")) }
        guard version.elementsEqual("HTTP/1.1".utf8) else { return .failure(.versionNotSupported) }
        guard parts[0].elementsEqual("GET".utf8) else { return .failure(.methodNotAllowed) }
        guard let line = RequestLine(target: parts[1]) else {
            return .failure(.badRequest("The target is not a path."))
        }
        return .success(line)
    }

    private init?(target bytes: ArraySlice<UInt8>) {
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        let text = HeadReader.text(bytes)
        guard bytes.first != UInt8(ascii: "/") else {
            target = text
            authority = nil
            return
        }
        // RFC 6455, section 4.2.1: a server also takes an absolute address.
        let schemes = ["http://", "https://", "ws://", "wss://"]
        guard let scheme = schemes.first(where: { text.prefix($0.count).isEqualIgnoringCase(to: $0) }) else {
            return nil
        }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = String(rest[..<end])
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}
