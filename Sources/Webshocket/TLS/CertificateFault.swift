import EventLoops

/// What is wrong with a server's certificate; more may come, so a `switch` over them needs a `default`.
public struct CertificateFault: Sendable, Hashable, CustomStringConvertible {
    /// The name as the command line prints it.
    public let description: String

    /// Its time is over, or that of one that vouches for it.
    public static let expired = CertificateFault(description: "expired")
    /// Its time has not begun, or that of one that vouches for it: maybe this machine's clock is wrong.
    public static let notYetValid = CertificateFault(description: "notYetValid")
    /// It vouches for itself, and is not trusted for that.
    public static let selfSigned = CertificateFault(description: "selfSigned")
    /// Nobody who is trusted here vouches for it, or the server leaves out who stands between.
    public static let unknownAuthority = CertificateFault(description: "unknownAuthority")
    /// It is for another host than the one of the URL.
    public static let wrongHost = CertificateFault(description: "wrongHost")
    /// It is not meant for servers.
    public static let wrongPurpose = CertificateFault(description: "wrongPurpose")
    /// Its key or its signature, or those of one that vouches for it, are too easily forged.
    public static let weak = CertificateFault(description: "weak")
    /// It is wrong in another way; the error's message has the particulars.
    public static let invalid = CertificateFault(description: "invalid")

    private init(description: String) { self.description = description }

    init(_ problem: TLSFault.CertificateProblem) {
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

    /// What an error's message says behind "the certificate of HOST".
    var phrase: String {
        switch self {
        case .expired: "has expired"
        case .notYetValid: "is not valid yet"
        case .selfSigned: "is self-signed"
        case .unknownAuthority: "is by an authority that is not trusted here"
        case .wrongHost: "is for another host"
        case .wrongPurpose: "is not for servers"
        case .weak: "has too weak a key or signature"
        default: "is invalid"
        }
    }
}

extension ClientError {
    /// What a connection to a host failed for, before or while the WebSocket was opened.
    init(_ fault: TLSFault, host: String) {
        if case .certificate(let problem) = fault.kind {
            let certificateFault = CertificateFault(problem)
            self.init(
                .untrustedCertificate, "the certificate of \(host) \(certificateFault.phrase) (\(fault.detail))")
            self.certificateFault = certificateFault
        } else {
            self.init(.tlsFailed, "no secure connection to \(host): \(fault.message)")
        }
    }
}
