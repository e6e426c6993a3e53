import COpenSSL

/// The subject and the fingerprint of a peer's certificate.
package struct TLSCertificate: Sendable, Hashable {
    /// The distinguished name in the format of RFC 2253, such as `CN=Sensor 7,O=Example`.
    package let subject: String
    /// The SHA-256 digest of the DER-encoded certificate.
    package let fingerprint: [UInt8]

    init(_ certificate: OpaquePointer) {
        subject = Self.text(of: X509_get_subject_name(certificate))
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        X509_digest(certificate, EVP_sha256(), &digest, &count)
        fingerprint = Array(digest.prefix(Int(count)))
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        // The format escapes control and non-ASCII characters, so a name cannot forge a log line.
        X509_NAME_print_ex(bio, name, 0, cssl_name_format)
        var bytes: UnsafeMutablePointer<CChar>?
        let count = cssl_memory_bio_bytes(bio, &bytes)
        guard let bytes, count > 0 else { return "" }
        return UnsafeRawBufferPointer(start: bytes, count: count).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
