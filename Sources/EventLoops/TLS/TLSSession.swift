import Bytes
import COpenSSL

/// TLS on one socket: decrypts received bytes ("opens") and encrypts outgoing bytes ("seals").
///
/// It does no I/O: the ``Socket`` passes the bytes.
///
/// Confined to the socket's loop.
package final class TLSSession {
    /// The reason why processing of received bytes stopped.
    enum Event {
        /// All received bytes are processed.
        case needsMore
        /// The handshake is complete; there may be unprocessed bytes.
        case secured
        /// The output buffer is full; there may be unprocessed bytes.
        case isFull
        /// The peer has sent a `close_notify` alert: it will send nothing more.
        case ended
        case failed(TLSFault)
    }

    /// The index of the `SSL` ex-data that points to this object.
    static let ownerIndex: Int32 = 0

    /// The maximum plaintext bytes in one record (RFC 8446, 5.1).
    private static let maxRecord = 16_384
    /// The maximum plaintext bytes that are encrypted before they are sent. They form whole records, and the result is
    /// still in the processor's cache when it is sent.
    private static let maxBatch = 4 * maxRecord
    /// The maximum encrypted bytes of control messages (alerts, tickets) that wait for a peer that does not read.
    private static let maxUnsentControl = 64 * 1_024
    /// The maximum bytes that a peer may send after the handshake without any application data.
    ///
    /// OpenSSL 3.0 itself fails after 32 empty records or 5 warnings in a row, but accepts any number of key updates.
    private static let maxSilence = 64 * 1_024

    let context: TLSContext
    /// On a client, the host and port of the server; empty on a server.
    let peerKey: String
    private let ssl: OpaquePointer

    // These fields opt out of run-time exclusivity checks: one thread uses them, and no access to them spans a call
    // into other code.
    /// The received bytes that are not processed yet. Borrowed from the socket until ``endLoan()``.
    @exclusivity(unchecked) fileprivate var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The encrypted bytes to send.
    @exclusivity(unchecked) var sealed = ByteBuffer()
    @exclusivity(unchecked) var batch = SealedBatch()
    @exclusivity(unchecked) package private(set) var isSecured = false
    /// Whether the session failed or the peer ended it: nothing more is decrypted.
    private var isOver = false
    /// Whether plaintext cannot be encrypted until more bytes have been received.
    private(set) var waitsToSeal = false
    private var hasSealedEnd = false
    /// The number of bytes received since the last application data.
    private var silence = 0

    /// Creates the server side of a connection.
    package static func server(_ context: TLSContext) throws(TLSFault) -> TLSSession {
        let session = try TLSSession(context, peerKey: "")
        SSL_set_accept_state(session.ssl)
        return session
    }

    /// Creates the client side of a connection.
    /// - Parameters:
    ///   - host: The name or address that the server's certificate must match. A name is also sent as SNI.
    ///   - port: The server's port. Together with the host it identifies the session to resume.
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
        // Without this, OpenSSL would not resume the session of a connection that was interrupted.
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        SSL_free(ssl)
    }

    /// Sets the host that the server's certificate must match. A name is also sent as SNI (RFC 6066, 3).
    private func expect(_ host: String) throws(TLSFault) {
        // Only an IPv6 address has a zone identifier (RFC 6874).
        let address = host.contains(":") ? String(host.prefix { $0 != "%" }) : host
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1 { return }
        ERR_clear_error()
        // To OpenSSL, a leading dot means all subdomains.
        guard !host.hasPrefix("."), !host.contains("%") else {
            throw TLSFault(
                kind: .failed, message: "the server name '\(host)' must not start with '.' or contain '%'")
        }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        SSL_set_hostflags(
            ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        guard !name.isEmpty, SSL_set1_host(ssl, name) == 1, cssl_set_server_name(ssl, name) == 1 else {
            throw TLSFault(takingFrom: OpenSSLErrors(), verification: Int(X509_V_OK))
        }
    }
}

// MARK: - Receiving

extension TLSSession {
    /// Lends received bytes to the session. ``next(into:)`` consumes all of them before it returns `.needsMore`.
    func lend(_ bytes: UnsafeRawBufferPointer) { input = bytes }

    /// Ends the loan. Bytes that were not consumed are discarded.
    func endLoan() { input = UnsafeRawBufferPointer(start: nil, count: 0) }

    /// Decrypts received bytes until there are no more or the buffer is full.
    /// - Parameter room: The buffer for the plaintext.
    /// - Returns: The number of plaintext bytes written to `room`, and the reason why it stopped after them.
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

    /// Starts or continues the handshake.
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

// MARK: - Sending

extension TLSSession {
    /// Removes a batch of bytes from the front of `plain` and encrypts it.
    ///
    /// If TLS must receive something first, it stops and sets ``waitsToSeal``.
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

    /// Appends a `close_notify` alert to the bytes to send (RFC 8446, 6.1). A second call is a no-op.
    func sealEnd() {
        guard !hasSealedEnd, isSecured else { return }
        hasSealedEnd = true
        ERR_clear_error()
        if SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    fileprivate func write(_ bytes: UnsafeRawBufferPointer) { sealed.append(contentsOf: bytes) }
}

// MARK: - Negotiated parameters

extension TLSSession {
    /// The protocol version, such as `TLSv1.3`.
    package var version: String { String(cString: SSL_get_version(ssl)) }

    /// Whether an earlier session was resumed.
    package var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// The application protocol that was negotiated with ALPN; nil if the client offered none.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The host name in the client's SNI extension (RFC 6066, 3); nil if the client sent none.
    package var serverName: String? {
        SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// The peer's certificate; nil if it sent none. The peer has proved that it has the private key.
    package var peerCertificate: TLSCertificate? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        return TLSCertificate(certificate)
    }
}

// MARK: - BIO

/// The OpenSSL BIO method that reads from a session's borrowed bytes and writes into ``TLSSession/sealed``.
///
/// Unchecked because it is immutable after initialization.
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
