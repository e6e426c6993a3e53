import COpenSSL
import CUV

/// Reads certificates or a private key from a PEM file or from PEM bytes.
struct PEMReader: ~Copyable {
    private let source: PEMSource
    private let bio: OpaquePointer

    init(_ source: PEMSource) throws(TLSSettingsError) {
        self.source = source
        ERR_clear_error()
        let opened: OpaquePointer?
        switch source {
        case .file(let path): opened = BIO_new_file(path, "r")
        case .bytes(let bytes):
            opened = BIO_new(BIO_s_mem())
            if let opened { BIO_write(opened, bytes, Int32(clamping: bytes.count)) }
        }
        guard let opened else {
            // The first error in the queue is the one that the operating system reported.
            let first = ERR_peek_error()
            let system = ERR_GET_LIB(first) == ERR_LIB_SYS ? uv_strerror(-ERR_GET_REASON(first)) : nil
            let text = OpenSSLErrors().text
            throw TLSSettingsError(
                kind: .unreadable, message: "cannot read \(source.name): \(system.map { String(cString: $0) } ?? text)")
        }
        bio = opened
    }

    deinit { BIO_free(bio) }

    /// Calls `body` with each certificate. The pointer is valid only during the call.
    /// - Throws: ``TLSSettingsError`` if the source contains no certificate or a malformed one; any error that `body`
    ///   throws.
    func forEachCertificate(
        _ body: (OpaquePointer) throws(TLSSettingsError) -> Void
    ) throws(TLSSettingsError) {
        var count = 0
        while let certificate = PEM_read_bio_X509(bio, nil, refusePassword, nil) {
            defer { X509_free(certificate) }
            count += 1
            try body(certificate)
        }
        let errors = OpenSSLErrors()
        let isAtEnd = errors.library == ERR_LIB_PEM && errors.reason == PEM_R_NO_START_LINE
        guard isAtEnd, count > 0 else {
            let fault = isAtEnd ? "no PEM certificate found" : errors.text
            throw TLSSettingsError(kind: .notPEM, message: "cannot use \(source.name): \(fault)")
        }
    }

    /// Calls `body` with the private key. The pointer is valid only during the call.
    /// - Throws: ``TLSSettingsError`` if the source contains no private key or an encrypted one; any error that `body`
    ///   throws.
    func withKey(_ body: (OpaquePointer) throws(TLSSettingsError) -> Void) throws(TLSSettingsError) {
        guard let key = PEM_read_bio_PrivateKey(bio, nil, refusePassword, nil) else {
            let errors = OpenSSLErrors()
            let isEncrypted =
                errors.library == ERR_LIB_PEM && errors.reason == PEM_R_BAD_PASSWORD_READ
                || errors.library == ERR_LIB_CRYPTO && errors.reason == ERR_R_INTERRUPTED_OR_CANCELLED
            guard !isEncrypted else {
                throw TLSSettingsError(
                    kind: .encryptedKey, message: "cannot use \(source.name): the key is encrypted with a password")
            }
            throw TLSSettingsError(
                kind: .notPEM, message: "cannot use \(source.name): no PEM private key found")
        }
        defer { EVP_PKEY_free(key) }
        try body(key)
    }
}

/// A password callback that always fails. Without it, OpenSSL would prompt on the terminal.
private func refusePassword(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isWriting: Int32, _ context: UnsafeMutableRawPointer?
) -> Int32 { -1 }
