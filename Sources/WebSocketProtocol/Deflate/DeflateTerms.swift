/// The parameters of one permessage-deflate offer or response, as sent (RFC 7692, section 7.1).
struct DeflateTerms {
    /// The parameter `client_max_window_bits`, which an offer may include without a number.
    enum ClientWindow: Equatable {
        case unnamed, named, bits(Int)
    }

    private(set) var serverWindowBits: Int?
    private(set) var clientWindow = ClientWindow.unnamed
    private(set) var serverResetsContext = false
    private(set) var clientResetsContext = false

    /// Reads an element of the extension header. Nil if it is another extension, or has an unknown, duplicate or
    /// invalid parameter.
    init?(_ element: ExtensionElement) {
        guard element.name.isEqualIgnoringCase(to: "permessage-deflate") else { return nil }
        for parameter in element.parameters {
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil) where !serverResetsContext:
                serverResetsContext = true
            case ("client_no_context_takeover", nil) where !clientResetsContext:
                clientResetsContext = true
            case ("server_max_window_bits", let value?) where serverWindowBits == nil:
                guard let bits = Self.windowBits(value) else { return nil }
                serverWindowBits = bits
            case ("client_max_window_bits", nil) where clientWindow == .unnamed:
                clientWindow = .named
            case ("client_max_window_bits", let value?) where clientWindow == .unnamed:
                guard let bits = Self.windowBits(value) else { return nil }
                clientWindow = .bits(bits)
            default:
                return nil
            }
        }
    }

    /// Parses a decimal number from 8 to 15 without leading zeros.
    private static func windowBits(_ text: String) -> Int? {
        guard text.utf8.count <= 2, text.utf8.allSatisfy(\.isDigit), text.utf8.first != 0x30,
            let bits = Int(text), bits >= 8, bits <= 15
        else { return nil }
        return bits
    }
}
