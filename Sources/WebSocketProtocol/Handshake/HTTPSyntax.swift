// The parts of the HTTP grammar that handshakes use (RFC 9110, section 5.6; RFC 9112).

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether this is an ASCII digit or letter.
    var isAlphanumeric: Bool {
        isDigit || asciiLowercased >= UInt8(ascii: "a") && asciiLowercased <= UInt8(ascii: "z")
    }

    var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether this is a character of a token: of header names, subprotocols and extension names.
    var isTokenCharacter: Bool {
        switch self {
        case _ where isAlphanumeric: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// Whether this is not allowed in a header value: a control character except the tab.
    var isForbiddenInValue: Bool { self < 0x20 && self != 0x09 || self == 0x7F }

    var isBlank: Bool { self == 0x20 || self == 0x09 }

    var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}

extension StringProtocol {
    package var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenCharacter) }

    /// Compares ASCII letters case-insensitively, and everything else exactly.
    func isEqualIgnoringCase(to other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// The elements of a comma-separated list, trimmed and without empty elements.
    package var listElements: [String] {
        utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
            let trimmed = element.trimmingBlanks
            return trimmed.isEmpty ? nil : HeadReader.text(ArraySlice(trimmed))
        }
    }
}

extension BidirectionalCollection<UInt8> {
    var trimmingBlanks: SubSequence {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
