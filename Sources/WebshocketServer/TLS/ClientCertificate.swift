import EventLoops

/// A verified client certificate. It was issued by an authority of ``ServerTLS/clientCertificates``, and the client has
/// proved that it has the private key.
public struct ClientCertificate: Sendable, Hashable {
    /// The subject of the certificate in the format of RFC 2253: `CN=Sensor 7,O=Example`. Characters other than
    /// printable ASCII are escaped.
    public let subject: String
    /// The SHA-256 fingerprint of the certificate, as 64 lower-case hexadecimal digits.
    public let fingerprint: String

    init(_ certificate: TLSCertificate) {
        subject = certificate.subject
        let digits = Array("0123456789abcdef")
        fingerprint = String(certificate.fingerprint.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
