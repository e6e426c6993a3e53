import COpenSSL

/// What a client needs to take up its last session with a server again, instead of a whole handshake (RFC 8446, 2.2).
///
/// Unchecked because a session of OpenSSL's counts its references for all threads, and is not changed any more.
final class TLSResumptions: @unchecked Sendable {
    /// More servers than one client talks to.
    private static let maxCount = 64

    private let sessions = Locked<[String: OpaquePointer]>([:])

    deinit {
        for session in sessions.withLock({ $0.values }) { SSL_SESSION_free(session) }
    }

    /// Keeps the latest session with a server. Takes over the reference if it returns true.
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

    /// Offers the session to the server. It is taken out, as it is to be used once (RFC 8446, C.4); the server sends
    /// another.
    func use(in ssl: OpaquePointer, for peer: String) {
        guard let session = sessions.withLock({ $0.removeValue(forKey: peer) }) else { return }
        // OpenSSL would not look at the server's certificate again.
        if !hasExpiredPeer(session) { SSL_set_session(ssl, session) }
        SSL_SESSION_free(session)
    }
}
