import EventLoops

/// The certificate that a client has shown: an authority of ``ServerTLS/clientCertificates`` vouches for it, and the
/// client has proved to have its key.
public struct ClientCertificate: Sendable, Hashable {
    /// Whom it is for, as RFC 2253 writes it: `CN=Sensor 7,O=Example`. What is not printable ASCII is escaped.
    public let subject: String
    /// SHA-256 of the certificate, in 64 lower-case hexadecimal digits.
    public let fingerprint: String

    init(_ certificate: TLSCertificate) {
        subject = certificate.subject
        let digits = Array("0123456789abcdef")
        fingerprint = String(certificate.fingerprint.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
