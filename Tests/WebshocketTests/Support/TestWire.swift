import Certificates
import EventLoops
import Foundation
import Webshocket

/// Whether all of these tests run over TLS: with `WEBSHOCKET_TEST_WIRE=tls` in the environment, every server of
/// ``ServerConfiguration/quiet`` and every ``RawPeer`` speak it, and the tests' authority is the system's.
enum TestWire {
    static let isSecure: Bool = {
        guard ProcessInfo.processInfo.environment["WEBSHOCKET_TEST_WIRE"] == "tls" else { return false }
        guard let authority = try? TestCertificates.shared.authority else { return false }
        setenv("SSL_CERT_FILE", authority, 1)
        return true
    }()

    static let server = isSecure ? try? ServerTLS.test() : nil

    /// The scheme of URLs that tests write themselves.
    static let scheme = isSecure ? "wss" : "ws"
}

extension TLSContext {
    /// Trusts the tests' authority.
    static func test() throws -> TLSContext {
        try TLSContext(
            TLSClientSettings(trustsSystem: false, authorities: [.file(try TestCertificates.shared.authority)]))
    }

    /// Of a server.
    static func testServer() throws -> TLSContext {
        let certificates = try TestCertificates.shared
        return try TLSContext(
            TLSServerSettings(
                identity: TLSCredentials(
                    chain: .file(certificates.certificate("server")), key: .file(certificates.key("server")))))
    }

    static let wire: TLSContext? = TestWire.isSecure ? try? .test() : nil
    static let wireServer: TLSContext? = TestWire.isSecure ? try? .testServer() : nil
}
