import COpenSSL

/// The TLS configuration that the connections of one server or client share: certificates, trust and protocols.
///
/// Unchecked because OpenSSL synchronizes the state that sessions on several threads change. Nothing else changes.
package final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    let isServer: Bool
    /// The sessions that a client can resume. Unused on a server.
    let resumptions = TLSResumptions()
    /// The keys that encrypt a server's session tickets. Unused on a client.
    let ticketKeys = Locked(TicketKeyRing())

    /// Creates the context of a server.
    /// - Throws: ``TLSSettingsError`` if a certificate or a key cannot be used.
    package init(_ settings: TLSServerSettings) throws(TLSSettingsError) {
        pointer = try Self.make(TLS_server_method())
        isServer = true
        // Clients keep the sessions in tickets, so the server caches none.
        cssl_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer, keyTicket)
        SSL_CTX_set_session_ticket_cb(pointer, nil, validationTicket, nil)
        // Without a session ID context, a session with a client certificate could not be resumed.
        SSL_CTX_set_session_id_context(pointer, sessionContext, UInt32(sessionContext.count))
        SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, nil)
        try use(settings.identity)
        switch settings.clientCertificates {
        case .none: break
        case .optional(let authorities): try ask(SSL_VERIFY_PEER, authorities)
        case .required(let authorities):
            try ask(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, authorities)
        }
    }

    /// Creates the context of a client.
    /// - Throws: ``TLSSettingsError`` if a certificate or a key cannot be used.
    package init(_ settings: TLSClientSettings) throws(TLSSettingsError) {
        pointer = try Self.make(TLS_client_method())
        isServer = false
        cssl_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
        SSL_CTX_sess_set_new_cb(pointer, keepSession)
        SSL_CTX_set_alpn_protos(pointer, offeredProtocols, UInt32(offeredProtocols.count))
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        if settings.trustsSystem { SSL_CTX_set_default_verify_paths(pointer) }
        for source in settings.authorities { try trust(source) }
        if let identity = settings.identity { try use(identity) }
    }

    deinit { SSL_CTX_free(pointer) }

    private static func make(_ method: OpaquePointer?) throws(TLSSettingsError) -> OpaquePointer {
        OpenSSLSetup.ensure()
        guard let context = SSL_CTX_new(method) else {
            throw TLSSettingsError(kind: .other, message: "cannot create an OpenSSL context: \(OpenSSLErrors().text)")
        }
        // The minimum, unless the system's openssl.cnf is stricter: TLS 1.2 and keys with a strength of 112 bits. For
        // TLS 1.2, only AEAD cipher suites with ephemeral keys are allowed (RFC 9325, 4.2). TLS 1.2 tickets contain the
        // session keys, so `TicketKeyRing` discards the keys that encrypt tickets after some hours.
        cssl_raise_min_version_to_1_2(context)
        if SSL_CTX_get_security_level(context) < 2 { SSL_CTX_set_security_level(context, 2) }
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20")
        cssl_set_options(context)
        // An idle connection releases its two 16 KiB buffers.
        cssl_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
        return context
    }

    // MARK: Certificates

    private func use(_ identity: TLSCredentials) throws(TLSSettingsError) {
        var isFirst = true
        try PEMReader(identity.chain).forEachCertificate { (certificate) throws(TLSSettingsError) in
            let result =
                isFirst
                ? SSL_CTX_use_certificate(pointer, certificate) : cssl_add_chain_certificate(pointer, certificate)
            isFirst = false
            guard result == 1 else { throw Self.refusal(of: identity.chain) }
        }
        try PEMReader(identity.key).withKey { (key) throws(TLSSettingsError) in
            guard SSL_CTX_use_PrivateKey(pointer, key) == 1, SSL_CTX_check_private_key(pointer) == 1 else {
                throw Self.refusal(of: identity.key)
            }
        }
    }

    /// Adds the certificates in `source` to the trusted authorities.
    private func trust(_ source: PEMSource) throws(TLSSettingsError) {
        let store = SSL_CTX_get_cert_store(pointer)
        try PEMReader(source).forEachCertificate { (certificate) throws(TLSSettingsError) in
            guard X509_STORE_add_cert(store, certificate) == 1 else { throw Self.refusal(of: source) }
        }
    }

    /// Requests client certificates that one of the authorities has issued.
    private func ask(_ mode: Int32, _ authorities: PEMSource) throws(TLSSettingsError) {
        SSL_CTX_set_verify(pointer, mode, nil)
        try trust(authorities)
        try PEMReader(authorities).forEachCertificate { (certificate) throws(TLSSettingsError) in
            guard SSL_CTX_add_client_CA(pointer, certificate) == 1 else { throw Self.refusal(of: authorities) }
        }
    }

    private static func refusal(of source: PEMSource) -> TLSSettingsError {
        let errors = OpenSSLErrors()
        switch (errors.library, errors.reason) {
        case (ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH), (ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH),
            // OpenSSL has a slot for each key type. A key of another type than the certificate gets an empty slot.
            (ERR_LIB_SSL, SSL_R_NO_CERTIFICATE_ASSIGNED):
            return TLSSettingsError(
                kind: .keyMismatch, message: "the key in \(source.name) does not belong to the certificate")
        case (ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL), (ERR_LIB_SSL, SSL_R_CA_KEY_TOO_SMALL),
            (ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK):
            return TLSSettingsError(kind: .weak, message: "cannot use \(source.name): \(errors.text)")
        default:
            return TLSSettingsError(kind: .other, message: "cannot use \(source.name): \(errors.text)")
        }
    }
}

private let sessionContext = Array("webshocket".utf8)

/// The supported application protocols in the ALPN wire format (RFC 7301, 3.1).
private let offeredProtocols: [UInt8] = [8] + Array("http/1.1".utf8)

/// Selects HTTP/1.1. Rejects a client that offers only other protocols (RFC 7301, 3.2).
///
/// OpenSSL does not call it for a client that offers no protocol, so such a client is accepted.
private func selectProtocol(
    _ ssl: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?, _ count: UInt32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    // The list is well-formed: OpenSSL has already rejected malformed ones.
    var rest = UnsafeBufferPointer(start: offer, count: Int(count))[...]
    while let length = rest.popFirst() {
        let name = rest.prefix(Int(length))
        if name.elementsEqual(offeredProtocols.dropFirst()), let offer {
            chosen?.pointee = offer + name.startIndex
            chosenCount?.pointee = length
            return SSL_TLSEXT_ERR_OK
        }
        rest = rest.dropFirst(Int(length))
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Keeps a client's new session for resumption. Returns 1 if the context takes ownership of the reference.
private func keepSession(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
    guard let ssl, let session, let data = SSL_get_ex_data(ssl, TLSSession.ownerIndex) else { return 0 }
    return Unmanaged<TLSSession>.fromOpaque(data)._withUnsafeGuaranteedRef { owner in
        owner.context.resumptions.keep(session, for: owner.peerKey) ? 1 : 0
    }
}
