import COpenSSL

// What OpenSSL asks of a server about the tickets of its sessions.

/// Sets up the sealing or the opening of a ticket.
func keyTicket(
    _ ssl: OpaquePointer?, _ name: UnsafeMutablePointer<UInt8>?, _ vector: UnsafeMutablePointer<UInt8>?,
    _ cipher: OpaquePointer?, _ mac: OpaquePointer?, _ isSealing: Int32
) -> Int32 {
    let refused: Int32 = -1
    guard let ssl, let name, let vector, let data = SSL_get_ex_data(ssl, TLSSession.ownerIndex) else { return refused }
    let context = Unmanaged<TLSSession>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.context }
    let nameBytes = UnsafeMutableBufferPointer(start: name, count: TicketKeyRing.Key.nameSize)
    guard isSealing == 1 else {
        guard let key = context.ticketKeys.withLock({ $0.opening(nameBytes, at: .now) }) else { return 0 }
        guard cssl_key_ticket_mac(mac, key.mac, key.mac.count) == 1,
            EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1
        else { return refused }
        // A ticket of TLS 1.3 is used once, so another follows; one of TLS 1.2 does until its key is too old.
        return SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1
    }
    let key = context.ticketKeys.withLock { $0.sealing(at: .now) }
    _ = nameBytes.update(fromContentsOf: key.name)
    guard RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1,
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
        cssl_key_ticket_mac(mac, key.mac, key.mac.count) == 1
    else { return refused }
    return 1
}

/// Lets no session go on whose client's certificate has expired meanwhile: OpenSSL does not look at it again, and each
/// connection gets a new ticket. The whole handshake that follows refuses the certificate as it would any other.
func judgeTicket(
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

/// Whether the time of the certificate is over that the peer of a session has shown; false where it has shown none.
func hasExpiredPeer(_ session: OpaquePointer) -> Bool {
    guard let certificate = SSL_SESSION_get0_peer(session) else { return false }
    // 0 is for a time that cannot be read.
    return X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
}
