import Bytes
import COpenSSL

/// TLS over one socket: opens what arrives and seals what leaves. It does no I/O: the ``Socket`` hands it bytes.
///
/// Confined to the socket's loop.
package final class TLSSession {
    /// What became of bytes that arrived.
    enum Event {
        case needsMore
        /// The handshake is done; there may be more in the bytes.
        case secured
        /// The room for plain bytes is used up; there is more in the bytes.
        case isFull
        /// The peer will send no more, and says so itself.
        case ended
        case failed(TLSFault)
    }

    /// Where an `SSL` keeps the pointer to its session.
    static let ownerIndex: Int32 = 0

    /// A record holds no more (RFC 8446, 5.1).
    private static let maxRecord = 16_384
    /// So much is sealed before it is sent: whole records, and still in the processor's cache then.
    private static let maxBatch = 4 * maxRecord
    /// What the peer may have us answer without reading it (alerts, tickets).
    private static let maxUnsentControl = 64 * 1_024
    /// What may come after the handshake without a byte for the application in it. OpenSSL itself ends at 32 empty
    /// records or 5 warnings in a row (3.0), but takes any number of key updates.
    private static let maxSilence = 64 * 1_024

    let context: TLSContext
    /// Of a client: whom the session is with, host and port.
    let peerKey: String
    private let ssl: OpaquePointer

    // As in `Socket`: one thread, and what is accessed here spans no call out.
    /// What has arrived and was not taken yet; lent.
    @exclusivity(unchecked) fileprivate var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What is to be sent.
    @exclusivity(unchecked) var sealed = ByteBuffer()
    @exclusivity(unchecked) var batch = SealedBatch()
    @exclusivity(unchecked) package private(set) var isSecured = false
    /// A fault, or the end: there is nothing more to open.
    private var isOver = false
    /// Plain bytes wait for something that has to be read first.
    private(set) var waitsToSeal = false
    private var hasSealedEnd = false
    private var silence = 0

    /// The server's side of a connection.
    package static func server(_ context: TLSContext) throws(TLSFault) -> TLSSession {
        let session = try TLSSession(context, peerKey: "")
        SSL_set_accept_state(session.ssl)
        return session
    }

    /// The client's side of a connection.
    /// - Parameter host: a name, which goes into SNI too, or an address; the server's certificate must be for it.
    package static func client(_ context: TLSContext, host: String, port: UInt16) throws(TLSFault) -> TLSSession {
        let session = try TLSSession(context, peerKey: "\(host.lowercased()):\(port)")
        try session.expect(host)
        context.resumptions.use(in: session.ssl, for: session.peerKey)
        SSL_set_connect_state(session.ssl)
        return session
    }

    private init(_ context: TLSContext, peerKey: String) throws(TLSFault) {
        guard let ssl = SSL_new(context.pointer) else {
            throw TLSFault(takingFrom: OpenSSLErrors(), verification: Int(X509_V_OK))
        }
        guard let bio = TLSWire.method.make() else {
            SSL_free(ssl)
            throw TLSFault(takingFrom: OpenSSLErrors(), verification: Int(X509_V_OK))
        }
        self.context = context
        self.peerKey = peerKey
        self.ssl = ssl
        let here = Unmanaged.passUnretained(self).toOpaque()
        BIO_set_data(bio, here)
        SSL_set_bio(ssl, bio, bio)
        SSL_set_ex_data(ssl, Self.ownerIndex, here)
    }

    deinit {
        // A connection that broke off is no reason not to take its session up again.
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        SSL_free(ssl)
    }

    /// Checks the server's certificate for a host, and names it in the hello unless it is an address (RFC 6066, 3).
    private func expect(_ host: String) throws(TLSFault) {
        // Only an IPv6 address has a zone (RFC 6874).
        let address = host.contains(":") ? String(host.prefix { $0 != "%" }) : host
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1 { return }
        ERR_clear_error()
        // OpenSSL takes a dot at the beginning for all names below.
        guard !host.hasPrefix("."), !host.contains("%") else {
            throw TLSFault(kind: .failed, message: "no certificate is for such a name")
        }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        SSL_set_hostflags(
            ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        guard !name.isEmpty, SSL_set1_host(ssl, name) == 1, cssl_set_server_name(ssl, name) == 1 else {
            throw TLSFault(takingFrom: OpenSSLErrors(), verification: Int(X509_V_OK))
        }
    }
}

// MARK: - Inward

extension TLSSession {
    /// Lends bytes that have arrived; all of them are taken by ``next(into:)`` until it needs more.
    func lend(_ bytes: UnsafeRawBufferPointer) { input = bytes }

    /// Takes the loan back, whatever is left of it.
    func endLoan() { input = UnsafeRawBufferPointer(start: nil, count: 0) }

    /// Opens as much as there is, and room for.
    /// - Returns: how many plain bytes were written to `room`, and why it stopped behind them.
    func next(into room: UnsafeMutableRawBufferPointer) -> (count: Int, event: Event) {
        guard !isOver else { return (0, .needsMore) }
        ERR_clear_error()
        guard isSecured else { return (0, shakeHands()) }
        let arrived = input.count
        var count = 0
        while count < room.count, let base = room.baseAddress {
            let result = SSL_read(ssl, base + count, Int32(clamping: room.count - count))
            guard result > 0 else {
                silence = count > 0 ? 0 : silence + arrived
                return (count, event(result))
            }
            count += Int(result)
        }
        silence = 0
        return (count, .isFull)
    }

    /// Begins the handshake, or goes on with it.
    func shakeHands() -> Event {
        let result = SSL_do_handshake(ssl)
        guard result != 1 else {
            isSecured = true
            return .secured
        }
        return event(result)
    }

    private func event(_ result: Int32) -> Event {
        let code = SSL_get_error(ssl, result)
        switch code {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            guard silence <= Self.maxSilence, sealed.count <= Self.maxUnsentControl else { return fail(.flood) }
            return .needsMore
        case SSL_ERROR_ZERO_RETURN:
            isOver = true
            return .ended
        default:
            return fail(TLSFault(takingFrom: OpenSSLErrors(), verification: SSL_get_verify_result(ssl)))
        }
    }

    private func fail(_ fault: TLSFault) -> Event {
        isOver = true
        return .failed(fault)
    }
}

// MARK: - Outward

extension TLSSession {
    /// Seals a batch off the front of `plain`; none of it where something has to be read first.
    func seal(_ plain: inout ByteBuffer) throws(TLSFault) {
        ERR_clear_error()
        waitsToSeal = false
        let total = min(plain.count, Self.maxBatch)
        _ = sealed.reserve(total + 128)
        var count = 0
        while count < total {
            let size = min(total - count, Self.maxRecord)
            let result = plain.withBytes { SSL_write(ssl, $0.baseAddress, Int32(size)) }
            guard result > 0 else {
                waitsToSeal = SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ
                if waitsToSeal { return }
                throw TLSFault(takingFrom: OpenSSLErrors(), verification: Int(X509_V_OK))
            }
            plain.removeFirst(size)
            batch.append(plain: size, sealedEnd: sealed.count)
            count += size
        }
    }

    /// Seals that nothing more will be sent (RFC 8446, 6.1); once.
    func sealEnd() {
        guard !hasSealedEnd, isSecured else { return }
        hasSealedEnd = true
        ERR_clear_error()
        if SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    fileprivate func write(_ bytes: UnsafeRawBufferPointer) { sealed.append(contentsOf: bytes) }
}

// MARK: - What was agreed

extension TLSSession {
    /// Such as `TLSv1.3`.
    package var version: String { String(cString: SSL_get_version(ssl)) }

    /// Whether an earlier session was taken up again.
    package var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// The protocol that was agreed on by ALPN; nil where the client offered none.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The host that the client asked for (RFC 6066, 3); of a server.
    package var serverName: String? {
        SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// The certificate that the peer has shown, and proved to have the key of.
    package var peerCertificate: TLSCertificate? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        return TLSCertificate(certificate)
    }
}

// MARK: - The wire

/// How OpenSSL reads and writes: straight from the bytes that are lent, and into ``TLSSession/sealed``.
///
/// Unchecked because nothing in it changes once it is made.
private struct TLSWire: @unchecked Sendable {
    static let method = TLSWire()

    private let pointer: OpaquePointer?

    private init() {
        pointer = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "webshocket")
        BIO_meth_set_read(pointer, readWire)
        BIO_meth_set_write(pointer, writeWire)
        BIO_meth_set_ctrl(pointer) { _, command, _, _ in Int(cssl_is_harmless_control(command)) }
        BIO_meth_set_create(pointer) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
    }

    func make() -> OpaquePointer? { BIO_new(pointer) }
}

private func readWire(_ bio: OpaquePointer?, _ room: UnsafeMutablePointer<CChar>?, _ size: Int32) -> Int32 {
    guard let room, size > 0, let data = BIO_get_data(bio) else { return -1 }
    return Unmanaged<TLSSession>.fromOpaque(data)._withUnsafeGuaranteedRef { session in
        let count = min(Int(size), session.input.count)
        guard count > 0, let source = session.input.baseAddress else {
            cssl_read_later(bio)
            return -1
        }
        cssl_has_read(bio)
        UnsafeMutableRawPointer(room).copyMemory(from: source, byteCount: count)
        session.input = UnsafeRawBufferPointer(rebasing: session.input[count...])
        return Int32(count)
    }
}

private func writeWire(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
    guard let data = BIO_get_data(bio), count > 0 else { return 0 }
    Unmanaged<TLSSession>.fromOpaque(data)._withUnsafeGuaranteedRef { session in
        session.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
    return count
}
