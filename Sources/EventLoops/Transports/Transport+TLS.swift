import Bytes
import CUV

extension Transport {
    /// Starts TLS in both directions. The delegate still reads and writes plaintext.
    ///
    /// Call it once, on the transport's loop, after ``start(delegate:)``. Bytes in the outbox are sent after the
    /// handshake. If the handshake fails, the transport closes with an error that has ``SocketError/tls``.
    /// - Parameters:
    ///   - session: The TLS state of this connection.
    ///   - received: TLS bytes that were already read after the plaintext. They must be valid only during the call.
    package func beginTLS(
        _ session: TLSSession, received: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        precondition(
            loop.isCurrent && tls == nil && phase != .idle,
            "beginTLS must be called once, on the transport's loop, after start(delegate:)")
        guard phase == .open else { return }
        flush()
        guard phase == .open else { return }
        // Plaintext that the medium has not accepted yet must not be encrypted. A protocol that waits for the peer's
        // answer before it starts TLS has none.
        guard outbox.count == 0 else {
            return close(
                error: SocketError(TLSFault(kind: .failed, message: "TLS was started before all plaintext was sent")))
        }
        tls = session
        didReadSealed(received, session)
    }

    /// Whether the TLS handshake is complete, so that the connection is encrypted.
    package var isSecured: Bool { tls?.isSecured ?? false }
}

// MARK: - Receiving

extension Transport {
    /// The single entry point for bytes that a transport with TLS receives.
    @inline(never)
    func didReadSealed(_ bytes: UnsafeRawBufferPointer, _ tls: TLSSession) {
        guard isOpening(tls) else { return }
        tls.lend(bytes)
        defer { tls.endLoan() }
        loop.spareBuffers.lend(to: &tls.sealed)
        let room = loop.plainBuffer
        while isOpening(tls) {
            let (count, event) = tls.next(into: room)
            if count > 0 { deliver(UnsafeMutableRawBufferPointer(rebasing: room[..<count])) }
            switch event {
            case .secured:
                setNeedsFlush()
                if phase == .open { delegate?.transportDidSecure(self) }
            case .isFull: break
            case .needsMore: return didOpenAll(tls)
            case .ended:
                didOpenAll(tls)
                return didReadEnd()
            case .failed(let fault): return fail(fault, tls)
            }
        }
        didOpenAll(tls)
    }

    /// Whether received bytes are decrypted. A finishing transport still needs the handshake to send its queued bytes.
    private func isOpening(_ tls: TLSSession) -> Bool {
        phase == .open || phase == .finishing && !tls.isSecured
    }

    private func didOpenAll(_ tls: TLSSession) {
        guard phase != .closed else { return }
        if tls.sealed.count > 0 || tls.waitsToSeal { setNeedsFlush() } else { loop.spareBuffers.takeBack(&tls.sealed) }
    }

    private func deliver(_ bytes: UnsafeMutableRawBufferPointer) {
        guard phase == .open, let delegate else { return }
        loop.spareBuffers.lend(to: &outbox)
        delegate.transport(self, didRead: bytes)
        if outbox.count == 0 { loop.spareBuffers.takeBack(&outbox) }
    }

    /// Closes the transport because of a TLS fault, and sends the TLS alert to the peer if possible.
    private func fail(_ fault: TLSFault, _ tls: TLSSession) {
        guard phase != .closed else { return }
        let error = SocketError(fault)
        guard !isSending, tls.sealed.count > 0 else { return close(error: error) }
        _ = tls.sealed.withBytes { send($0) }
        // A client closes now. A server lingers: closing a socket with unread bytes sends a reset, and the alert would
        // be lost. A client whose certificate is rejected may have sent such bytes before it learns of it.
        guard tls.context.isServer else { return close(error: error) }
        outbox.removeAll()
        tls.sealed.removeAll()
        linger(error: error)
    }
}

// MARK: - Sending

extension Transport {
    /// The single exit point for bytes that a transport with TLS sends.
    ///
    /// It alternates between encrypting and sending, so at most one batch is encrypted and not sent.
    @inline(never)
    func flushSealed(_ tls: TLSSession) {
        guard phase == .open || phase == .finishing else { return }
        while true {
            if tls.isSecured {
                if outbox.count > 0 {
                    loop.spareBuffers.lend(to: &tls.sealed)
                    do throws(TLSFault) { try tls.seal(&outbox) } catch { return close(error: SocketError(error)) }
                } else if phase == .finishing {
                    tls.sealEnd()
                }
            }
            let count = tls.sealed.count
            guard count > 0 else { break }
            let written = tls.sealed.withBytes { send($0) }
            writeCalls += 1
            guard written == count else { return sealedFlushDidFallShort(written, tls) }
            tls.sealed.removeFirst(count)
            writtenBytes += tls.batch.plainCount
            tls.batch.removeAll()
        }
        loop.spareBuffers.takeBack(&tls.sealed)
        guard outbox.count == 0 else { return }
        loop.spareBuffers.takeBack(&outbox)
        if phase == .finishing { finishWriting() }
    }

    private func sealedFlushDidFallShort(_ written: Int, _ tls: TLSSession) {
        if written > 0 {
            tls.sealed.removeFirst(written)
        } else if written < 0, written != Int(UV_EAGAIN.rawValue) {
            return close(error: SocketError(Int32(truncatingIfNeeded: written), .write))
        }
        swap(&tls.sealed, &inFlight)
        tls.batch.putInFlight(behind: max(written, 0))
        writeInFlight()
    }

    /// The number of plaintext bytes, taken from the outbox, in the write in flight.
    var plainInFlight: Int {
        guard let tls, tls.batch.isInFlight else { return inFlight.count }
        return tls.batch.plainCount
    }

    /// Returns how many plaintext bytes of the write in flight the medium has accepted.
    /// - Parameter count: The number of bytes in flight, encrypted if there is TLS, that the medium has accepted.
    func plainTaken(ofInFlight count: Int) -> Int {
        guard let tls, tls.batch.isInFlight else { return count }
        return tls.batch.plainTaken(ofSealed: count)
    }
}
