import COpenSSL

/// The sessions that a client can resume, by server, to avoid a full handshake (RFC 8446, 2.2).
///
/// Unchecked because OpenSSL's reference counts of sessions are thread-safe, and stored sessions do not change.
final class TLSResumptions: @unchecked Sendable {
    /// The maximum number of sessions. A client rarely connects to as many servers.
    private static let maxCount = 64

    private let sessions = Locked<[String: OpaquePointer]>([:])

    deinit {
        for session in sessions.withLock({ $0.values }) { SSL_SESSION_free(session) }
    }

    /// Stores the latest session with a server.
    /// - Returns: True if the session was stored; then this object owns the reference.
    func keep(_ session: OpaquePointer, for peer: String) -> Bool {
        guard SSL_SESSION_is_resumable(session) == 1 else { return false }
        let old: OpaquePointer? = sessions.withLock { sessions in
            if let old = sessions.updateValue(session, forKey: peer) { return old }
            guard sessions.count > Self.maxCount, let other = sessions.keys.first(where: { $0 != peer }) else {
                return nil
            }
            return sessions.removeValue(forKey: other)
        }
        if let old { SSL_SESSION_free(old) }
        return true
    }

    /// Offers the stored session to the server, and removes it.
    ///
    /// A ticket should be used only once (RFC 8446, C.4); the server sends another one.
    func use(in ssl: OpaquePointer, for peer: String) {
        guard let session = sessions.withLock({ $0.removeValue(forKey: peer) }) else { return }
        // OpenSSL does not check the server's certificate again when it resumes a session.
        if !hasExpiredPeer(session) { SSL_set_session(ssl, session) }
        SSL_SESSION_free(session)
    }
}
