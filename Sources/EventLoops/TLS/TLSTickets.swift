import COpenSSL

// The OpenSSL callbacks for the session tickets of a server.

/// Sets up the encryption or the decryption of a ticket.
func keyTicket(
    _ ssl: OpaquePointer?, _ name: UnsafeMutablePointer<UInt8>?, _ vector: UnsafeMutablePointer<UInt8>?,
    _ cipher: OpaquePointer?, _ mac: OpaquePointer?, _ isSealing: Int32
) -> Int32 {
    let refused: Int32 = -1
    guard let ssl, let name, let vector, let data = SSL_get_ex_data(ssl, TLSSession.ownerIndex) else { return refused }
    let context = Unmanaged<TLSSession>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.context }
    let nameBytes = UnsafeMutableBufferPointer(start: name, count: TicketKeyRing.Key.nameSize)
    let now = EventLoop.current?.now ?? .now
    guard isSealing == 1 else {
        guard let key = context.ticketKeys.withLock({ $0.opening(nameBytes, at: now) }) else { return 0 }
        guard cssl_key_ticket_mac(mac, key.mac, key.mac.count) == 1,
            EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1
        else { return refused }
        // 2 makes OpenSSL issue a new ticket. A TLS 1.3 ticket is used once; a TLS 1.2 ticket can be used until its key
        // expires.
        return SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1
    }
    let key = context.ticketKeys.withLock { $0.sealing(at: now) }
    _ = nameBytes.update(fromContentsOf: key.name)
    guard RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1,
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
        cssl_key_ticket_mac(mac, key.mac, key.mac.count) == 1
    else { return refused }
    return 1
}

/// Ignores the ticket of a session if the client's certificate has expired since.
///
/// OpenSSL does not check the certificate again when it resumes a session, and each connection gets a new ticket. When
/// the ticket is ignored, a full handshake follows, which rejects the expired certificate.
func validationTicket(
    _ ssl: OpaquePointer?, _ session: OpaquePointer?, _ name: UnsafePointer<UInt8>?, _ nameSize: Int,
    _ status: Int32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    switch status {
    case SSL_TICKET_SUCCESS, SSL_TICKET_SUCCESS_RENEW:
        guard let session, !hasExpiredPeer(session) else { return SSL_TICKET_RETURN_IGNORE_RENEW }
        return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
    default: return SSL_TICKET_RETURN_IGNORE_RENEW
    }
}

/// Returns whether the peer certificate of a session has expired; false if the peer sent no certificate.
func hasExpiredPeer(_ session: OpaquePointer) -> Bool {
    guard let certificate = SSL_SESSION_get0_peer(session) else { return false }
    // 0 means that the time cannot be parsed.
    return X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
}
