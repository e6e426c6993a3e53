// The negotiation of permessage-deflate, for both sides (RFC 7692, sections 5 and 7.1).

/// The parameters to which a server agreed, and the header value with which it announces them.
package struct DeflateAgreement {
    package let parameters: DeflateParameters
    package let answer: String

    /// Accepts the first acceptable offer of a client; nil if there is none.
    package init?(offers: [ExtensionElement], options: CompressionOptions) {
        for offer in offers {
            guard let terms = DeflateTerms(offer), let agreement = DeflateAgreement(terms: terms, options: options)
            else { continue }
            self = agreement
            return
        }
        return nil
    }

    private init?(terms: DeflateTerms, options: CompressionOptions) {
        var parameters = DeflateParameters(options)
        var words = ["permessage-deflate"]
        if let asked = terms.serverWindowBits {
            // zlib cannot deflate with a window of 8.
            guard asked >= 9 else { return nil }
            parameters.serverWindowBits = min(parameters.serverWindowBits, asked)
        }
        if terms.serverWindowBits != nil || parameters.serverWindowBits < 15 {
            words.append("server_max_window_bits=\(parameters.serverWindowBits)")
        }
        switch terms.clientWindow {
        case .unnamed:
            // The client does not support the parameter, so its window cannot be narrowed.
            parameters.clientWindowBits = 15
        case .named:
            if parameters.clientWindowBits < 15 {
                words.append("client_max_window_bits=\(parameters.clientWindowBits)")
            }
        case .bits(let bits):
            parameters.clientWindowBits = min(parameters.clientWindowBits, bits)
            words.append("client_max_window_bits=\(parameters.clientWindowBits)")
        }
        if terms.serverResetsContext { parameters.serverContextTakeover = false }
        if !parameters.serverContextTakeover { words.append("server_no_context_takeover") }
        if terms.clientResetsContext { parameters.clientContextTakeover = false }
        if !parameters.clientContextTakeover { words.append("client_no_context_takeover") }
        self.parameters = parameters
        answer = words.joined(separator: "; ")
    }
}

extension CompressionOptions {
    /// The header value of a client's offer.
    package var offer: String {
        let options = clamped
        var words = ["permessage-deflate"]
        words.append(
            options.clientWindowBits < 15
                ? "client_max_window_bits=\(options.clientWindowBits)" : "client_max_window_bits")
        if options.serverWindowBits < 15 { words.append("server_max_window_bits=\(options.serverWindowBits)") }
        if !options.serverContextTakeover { words.append("server_no_context_takeover") }
        if !options.clientContextTakeover { words.append("client_no_context_takeover") }
        return words.joined(separator: "; ")
    }
}

extension DeflateParameters {
    /// Reads a server's response to the offer that `options` made; nil if the client must fail the connection.
    package init?(answer: ExtensionElement, to options: CompressionOptions) {
        guard let terms = DeflateTerms(answer) else { return nil }
        self.init(options)
        if let bits = terms.serverWindowBits {
            guard bits <= serverWindowBits else { return nil }
            serverWindowBits = bits
        } else if serverWindowBits < 15 {
            return nil
        }
        switch terms.clientWindow {
        case .unnamed:
            // Section 7.1.2.2: without the parameter, the server accepts a window of any size up to the offered size.
            break
        case .named:
            return nil
        case .bits(let bits):
            // zlib cannot deflate with a window of 8.
            guard bits >= 9, bits <= clientWindowBits else { return nil }
            clientWindowBits = bits
        }
        guard serverContextTakeover || terms.serverResetsContext else { return nil }
        if terms.serverResetsContext { serverContextTakeover = false }
        if terms.clientResetsContext { clientContextTakeover = false }
    }
}
