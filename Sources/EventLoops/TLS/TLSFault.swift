import COpenSSL

/// The reason why a TLS handshake or a TLS connection failed.
package struct TLSFault: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The peer's certificate was not accepted.
        case certificate(CertificateProblem)
        /// The peer sent an error alert; the value is its number (RFC 8446, 6.2).
        case alert(Int32)
        /// The stream ended without a `close_notify` alert, so it may have been truncated (RFC 8446, 6.1).
        case truncated
        /// The received bytes are not TLS.
        case notTLS
        /// The peer violated the protocol, or the two sides support no common version or cipher suite.
        case failed
    }

    /// The reason why a certificate was not accepted.
    package enum CertificateProblem: Sendable, Equatable {
        case expired, notYetValid, selfSigned, unknownAuthority, wrongHost, wrongPurpose, weak, invalid
    }

    package let kind: Kind
    package let message: String
    /// The text from OpenSSL.
    package let detail: String

    private init(kind: Kind, message: String, detail: String) {
        self.kind = kind
        self.message = message
        self.detail = detail
    }

    init(kind: Kind, message: String) {
        self.init(kind: kind, message: message, detail: message)
    }

    package var description: String { message }

    static let truncated = TLSFault(kind: .truncated, message: "the TLS stream was cut off")
    static let endedEarly = TLSFault(
        kind: .truncated, message: "the peer ended the connection during the TLS handshake")
    static let flood = TLSFault(kind: .failed, message: "the peer sent too many TLS records without application data")
}

extension TLSFault {
    /// Creates the fault for a failed OpenSSL call.
    /// - Parameters:
    ///   - errors: The errors that the call has left in OpenSSL's queue.
    ///   - verification: The result of `SSL_get_verify_result`.
    init(takingFrom errors: OpenSSLErrors, verification: Int) {
        guard errors.library == ERR_LIB_SSL else {
            self.init(kind: .failed, message: "TLS failed: \(errors.text)")
            return
        }
        if errors.reason == SSL_R_CERTIFICATE_VERIFY_FAILED, verification != Int(X509_V_OK) {
            self.init(verification: Int32(truncatingIfNeeded: verification))
            return
        }
        switch errors.reason {
        case 1_000..<1_256:
            let alert = errors.reason - 1_000
            self.init(kind: .alert(alert), message: "the peer sent a TLS alert: \(Self.text(ofAlert: errors.text))")
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNKNOWN_PROTOCOL:
            self.init(kind: .notTLS, message: "the peer does not speak TLS")
        default:
            self.init(kind: .failed, message: "TLS failed: \(errors.text)")
        }
    }

    private init(verification code: Int32) {
        let problem: CertificateProblem =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
            case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
                X509_V_ERR_CERT_UNTRUSTED:
                .unknownAuthority
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .wrongHost
            case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_CERT_REJECTED: .wrongPurpose
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: .weak
            default: .invalid
            }
        let text = String(cString: X509_verify_cert_error_string(Int(code)))
        self.init(kind: .certificate(problem), message: "the certificate is not trusted: \(text)", detail: text)
    }

    /// Returns the name of the alert: "certificate required" for "tlsv13 alert certificate required".
    ///
    /// OpenSSL's function that returns an alert's name by number does not know all alerts.
    private static func text(ofAlert reason: String) -> Substring {
        reason.firstRange(of: "alert ").map { reason[$0.upperBound...] } ?? reason[...]
    }
}

/// The error that a failed call has left in OpenSSL's per-thread error queue.
struct OpenSSLErrors {
    /// The reason code, specific to ``library``; 0 if the queue was empty.
    let reason: Int32
    let library: Int32
    let text: String

    /// Takes the last error and empties the queue, so that no error is attributed to a later call.
    init() {
        let code = ERR_peek_last_error()
        reason = ERR_GET_REASON(code)
        library = ERR_GET_LIB(code)
        text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
        ERR_clear_error()
    }
}
