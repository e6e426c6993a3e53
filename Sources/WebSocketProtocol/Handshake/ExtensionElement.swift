/// An element of `Sec-WebSocket-Extensions` (RFC 6455, section 9.1).
package struct ExtensionElement: Sendable {
    package struct Parameter: Sendable {
        let name: String
        let value: String?
    }

    package let name: String
    package let parameters: [Parameter]

    /// Parses the values of the header in order; nil if one of them is malformed.
    package static func parse(_ headers: [String]) -> [ExtensionElement]? {
        var elements: [ExtensionElement] = []
        for header in headers {
            var scanner = ExtensionScanner(header)
            while !scanner.isAtEnd {
                // A list may have empty elements (RFC 9110, section 5.6.1).
                if scanner.take(UInt8(ascii: ",")) { continue }
                guard let element = scanner.element() else { return nil }
                elements.append(element)
            }
        }
        return elements
    }
}

/// A scanner of one extension header. It skips blanks before each token.
private struct ExtensionScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8).trimmingBlanks
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ byte: UInt8) -> Bool {
        let trimmed = rest.drop(while: \.isBlank)
        guard trimmed.first == byte else { return false }
        rest = trimmed.dropFirst()
        return true
    }

    /// Reads an extension with its parameters, up to a comma or the end.
    mutating func element() -> ExtensionElement? {
        guard let name = token() else { return nil }
        var parameters: [ExtensionElement.Parameter] = []
        while take(UInt8(ascii: ";")) {
            guard let name = token() else { return nil }
            var value: String?
            if take(UInt8(ascii: "=")) {
                value = take(UInt8(ascii: "\"")) ? quotedToken() : token()
                guard value != nil else { return nil }
            }
            parameters.append(ExtensionElement.Parameter(name: name, value: value))
        }
        rest = rest.drop(while: \.isBlank)
        guard isAtEnd || rest.first == UInt8(ascii: ",") else { return nil }
        return ExtensionElement(name: name, parameters: parameters)
    }

    private mutating func token() -> String? {
        rest = rest.drop(while: \.isBlank)
        let token = rest.prefix(while: \.isTokenCharacter)
        rest = rest[token.endIndex...]
        return token.isEmpty ? nil : HeadReader.text(token)
    }

    /// Reads the rest of a quoted string, which must be a token after unescaping.
    private mutating func quotedToken() -> String? {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return bytes.isEmpty ? nil : HeadReader.text(bytes[...])
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), escaped.isTokenCharacter else { return nil }
                bytes.append(escaped)
            default:
                guard byte.isTokenCharacter else { return nil }
                bytes.append(byte)
            }
        }
        return nil
    }
}
