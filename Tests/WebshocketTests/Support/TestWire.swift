import Certificates
import EventLoops
import Foundation
import Webshocket

/// The transport of all tests in this target: TCP, or TLS if `WEBSHOCKET_TEST_WIRE=tls` is set in the environment.
///
/// With TLS, every server with ``ServerConfiguration/quiet`` and every ``RawPeer`` use it, and `SSL_CERT_FILE` names
/// the tests' certificate authority.
enum TestWire {
    static let isSecure: Bool = {
        guard ProcessInfo.processInfo.environment["WEBSHOCKET_TEST_WIRE"] == "tls" else { return false }
        guard let authority = try? TestCertificates.shared.authority else { return false }
        setenv("SSL_CERT_FILE", authority, 1)
        return true
    }()

    static let server = isSecure ? try? ServerTLS.test() : nil

    /// The scheme of URLs that tests build themselves.
    static let scheme = isSecure ? "wss" : "ws"
}

extension TLSContext {
    /// A client context that trusts only the tests' certificate authority.
    static func test() throws -> TLSContext {
        try TLSContext(
            TLSClientSettings(trustsSystem: false, authorities: [.file(try TestCertificates.shared.authority)]))
    }

    /// A server context with the tests' server certificate.
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
