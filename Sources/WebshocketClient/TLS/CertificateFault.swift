import EventLoops

/// The reason why a server's certificate is not accepted. More reasons may be added, so a `switch` needs a `default`.
public struct CertificateFault: Sendable, Hashable, CustomStringConvertible {
    /// The name of the reason, as printed by the command line tool.
    public let description: String

    /// The certificate, or one of its issuers, has expired.
    public static let expired = CertificateFault(description: "expired")
    /// The certificate, or one of its issuers, is not valid yet. This machine's clock may be wrong.
    public static let notYetValid = CertificateFault(description: "notYetValid")
    /// The certificate is self-signed and not trusted.
    public static let selfSigned = CertificateFault(description: "selfSigned")
    /// The certificate was issued by an untrusted authority, or the server does not send an intermediate certificate.
    public static let unknownAuthority = CertificateFault(description: "unknownAuthority")
    /// The certificate is for a different host than the host of the URL.
    public static let wrongHost = CertificateFault(description: "wrongHost")
    /// The certificate is not allowed for server authentication.
    public static let wrongPurpose = CertificateFault(description: "wrongPurpose")
    /// The key or the signature of the certificate, or of one of its issuers, is too weak.
    public static let weak = CertificateFault(description: "weak")
    /// Another reason, which the error's message describes.
    public static let invalid = CertificateFault(description: "invalid")

    private init(description: String) { self.description = description }

    package init(_ problem: TLSFault.CertificateProblem) {
        switch problem {
        case .expired: self = .expired
        case .notYetValid: self = .notYetValid
        case .selfSigned: self = .selfSigned
        case .unknownAuthority: self = .unknownAuthority
        case .wrongHost: self = .wrongHost
        case .wrongPurpose: self = .wrongPurpose
        case .weak: self = .weak
        case .invalid: self = .invalid
        }
    }

    /// The end of an error message that begins with "the certificate of HOST".
    package var phrase: String {
        switch self {
        case .expired: "has expired"
        case .notYetValid: "is not valid yet"
        case .selfSigned: "is self-signed"
        case .unknownAuthority: "was issued by an untrusted authority"
        case .wrongHost: "is for a different host"
        case .wrongPurpose: "is not a server certificate"
        case .weak: "has a key or signature that is too weak"
        default: "is invalid"
        }
    }
}

extension ClientError {
    /// Creates the error for a TLS connection that failed before or during the WebSocket handshake.
    package init(_ fault: TLSFault, host: String) {
        if case .certificate(let problem) = fault.kind {
            let certificateFault = CertificateFault(problem)
            self.init(
                .untrustedCertificate, "the certificate of \(host) \(certificateFault.phrase) (\(fault.detail))")
            self.certificateFault = certificateFault
        } else {
            self.init(.tlsFailed, "the TLS connection to \(host) failed: \(fault.message)")
        }
    }
}
