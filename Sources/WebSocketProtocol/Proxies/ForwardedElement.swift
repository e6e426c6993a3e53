/// An element of the `Forwarded` header (RFC 7239, section 4): `for="[2001:db8::1]:4711";proto=https;host=example.com`.
struct ForwardedElement: Equatable {
    private(set) var node: String?
    private(set) var scheme: String?
    private(set) var host: String?

    /// Parses the elements of all lines. Nil if one is malformed, because an unclosed quote in it could swallow the
    /// text that a proxy appended.
    static func parse(_ lines: [String]) -> [ForwardedElement]? {
        var elements: [ForwardedElement] = []
        for line in lines {
            var rest = Array(line.utf8)[...]
            repeat {
                rest.skipBlanks()
                if rest.isEmpty || rest.first == UInt8(ascii: ",") { continue }
                guard let element = ForwardedElement(&rest) else { return nil }
                elements.append(element)
            } while rest.popFirst() == UInt8(ascii: ",")
            guard rest.isEmpty else { return nil }
        }
        return elements
    }

    /// Reads one element, up to a comma or the end.
    private init?(_ rest: inout ArraySlice<UInt8>) {
        var names: Set<String> = []
        repeat {
            rest.skipBlanks()
            // An empty pair is allowed.
            if rest.isEmpty || rest.first == UInt8(ascii: ";") || rest.first == UInt8(ascii: ",") { continue }
            let name = rest.takeToken().lowercased()
            guard !name.isEmpty, names.insert(name).inserted, rest.popFirst() == UInt8(ascii: "="),
                let value = rest.takeValue()
            else { return nil }
            switch name {
            case "for": node = value
            case "proto": scheme = value
            case "host": host = value
            default: break
            }
            rest.skipBlanks()
        } while rest.skip(UInt8(ascii: ";"))
        guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func skipBlanks() {
        self = drop { $0.isBlank }
    }

    fileprivate mutating func skip(_ byte: UInt8) -> Bool {
        guard first == byte else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func takeToken() -> String {
        let token = prefix { $0.isTokenCharacter }
        self = self[token.endIndex...]
        return HeadReader.text(token)
    }

    private static var separators: [UInt8] { [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "=")] }

    /// Reads a token or a quoted string (RFC 9110, section 5.6.4). Colons and brackets, which require quotes, are often
    /// sent without them.
    ///
    /// Nil if a quoted string contains a separator of elements or pairs. No valid node, scheme or host contains one.
    /// Without this check, a client could open a quote and close it in a header that the proxy quotes in its own
    /// element.
    fileprivate mutating func takeValue() -> String? {
        guard skip(UInt8(ascii: "\"")) else {
            let bare = prefix { $0.isTokenCharacter || [0x3A, 0x5B, 0x5D].contains($0) }
            self = self[bare.endIndex...]
            return bare.isEmpty ? nil : HeadReader.text(bare)
        }
        var value: [UInt8] = []
        while let byte = popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return value.contains(where: Self.separators.contains) ? nil : HeadReader.text(value[...])
            case UInt8(ascii: "\\"):
                guard let escaped = popFirst() else { return nil }
                value.append(escaped)
            default: value.append(byte)
            }
        }
        return nil
    }
}
