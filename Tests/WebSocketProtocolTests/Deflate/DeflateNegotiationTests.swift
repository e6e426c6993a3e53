import Testing
import WebSocketProtocol

@Suite("The negotiation of compression")
struct DeflateNegotiationTests {
    /// Returns the response of a server to an offer; nil if it declines.
    static func answer(to offer: String, _ options: CompressionOptions = .init()) -> String? {
        ExtensionElement.parse([offer]).flatMap { DeflateAgreement(offers: $0, options: options)?.answer }
    }

    @Test(
        "a server accepts supported offers, and narrows them",
        arguments: [
            ("permessage-deflate", "permessage-deflate"),
            ("Permessage-Deflate", "permessage-deflate"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
            ("permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"),
            ("permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"),
            ("permessage-deflate; client_max_window_bits=\"10\"", "permessage-deflate; client_max_window_bits=10"),
            ("permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"),
            ("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"),
            ("permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"),
            ("permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"),
            ("x-other, permessage-deflate", "permessage-deflate"),
            (
                "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=10"
            ),
        ])
    func accepts(offer: String, answer: String) {
        #expect(Self.answer(to: offer) == answer)
    }

    @Test(
        "a server declines unknown and unsupported offers",
        arguments: [
            "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=09", "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_max_window_bits=99999999999999999999",
            "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=x", "permessage-deflate; unknown",
            "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            "permessage-deflate; client_max_window_bits=10; client_max_window_bits",
            "permessage-deflate2", "x-webkit-deflate-frame", "",
        ])
    func declines(offer: String) {
        #expect(Self.answer(to: offer) == nil)
    }

    @Test("a server's own options narrow the agreement")
    func ownOptions() {
        let narrow = CompressionOptions(
            serverWindowBits: 11, clientWindowBits: 12, serverContextTakeover: false, clientContextTakeover: false)
        let tail = "; server_no_context_takeover; client_no_context_takeover"
        #expect(
            Self.answer(to: "permessage-deflate; client_max_window_bits; server_max_window_bits=14", narrow)
                == "permessage-deflate; server_max_window_bits=11; client_max_window_bits=12" + tail)
        // A client that omits the parameter cannot be asked to narrow its window.
        #expect(
            Self.answer(to: "permessage-deflate", narrow) == "permessage-deflate; server_max_window_bits=11" + tail)
        let offers = ExtensionElement.parse(["permessage-deflate"]) ?? []
        #expect(DeflateAgreement(offers: offers, options: narrow)?.parameters.clientWindowBits == 15)
    }

    @Test("a server accepts the offer of a client, and both have the same parameters")
    func bothSides() {
        for bits in [9, 12, 15, 3, 99] {
            for takeover in [true, false] {
                let options = CompressionOptions(
                    serverWindowBits: bits, clientWindowBits: bits, serverContextTakeover: takeover,
                    clientContextTakeover: takeover)
                let offers = ExtensionElement.parse([options.offer]) ?? []
                let agreement = DeflateAgreement(offers: offers, options: CompressionOptions(clientWindowBits: 13))
                let answer = agreement.flatMap { ExtensionElement.parse([$0.answer])?.first }
                let terms = answer.flatMap { DeflateParameters(answer: $0, to: options) }
                #expect(terms != nil && terms == agreement?.parameters)
            }
        }
    }

    @Test(
        "a client fails on a response that exceeds its offer",
        arguments: [
            "x-other", "permessage-deflate; unknown", "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=13", "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=13", "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10; server_no_context_takeover=1",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10; server_no_context_takeover",
        ])
    func clientFails(answer: String) {
        let options = CompressionOptions(serverWindowBits: 12, clientWindowBits: 12, serverContextTakeover: false)
        let element = ExtensionElement.parse([answer])?.first
        #expect(element != nil)
        #expect(element.flatMap { DeflateParameters(answer: $0, to: options) } == nil)
    }

    @Test("a client accepts a response that narrows its offer")
    func clientTakes() {
        let element = ExtensionElement.parse([
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=8; client_no_context_takeover"
        ])?.first
        let terms = element.flatMap { DeflateParameters(answer: $0, to: CompressionOptions(level: 4)) }
        #expect(
            terms
                == DeflateParameters(
                    serverWindowBits: 8, clientWindowBits: 9, serverContextTakeover: true, clientContextTakeover: false,
                    level: 4))
    }
}
