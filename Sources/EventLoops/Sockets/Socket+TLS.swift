import Bytes
import CUV

extension Socket {
    /// Speaks TLS from here on, in both directions: what the delegate reads and what it puts into the outbox stays
    /// plain. What is put there waits until the handshake is done.
    ///
    /// After ``start(delegate:)``, once; what was said before in plain stays as it is. A handshake that fails closes
    /// the socket with an error whose ``SocketError/tls`` says why.
    /// - Parameter received: what has arrived of TLS already, behind what was plain; lent for the call.
    package func beginTLS(
        _ session: TLSSession, received: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        precondition(loop.isCurrent && tls == nil && phase != .idle, "TLS begins once, on the socket's loop.")
        guard phase == .open else { return }
        flush()
        guard phase == .open else { return }
        // What plain bytes the system does not take must not be sealed. Nobody who waits for an answer before TLS
        // begins has any.
        guard outbox.count == 0 else {
            return close(error: SocketError(TLSFault(kind: .failed, message: "TLS began too early")))
        }
        tls = session
        didReadSealed(received, session)
    }

    /// Whether what is said here is sealed.
    package var isSecured: Bool { tls?.isSecured ?? false }
}

// MARK: - Inward

extension Socket {
    /// The gate inward, of a socket with TLS.
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
                if phase == .open { delegate?.socketDidSecure(self) }
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

    /// A socket that is to close behind what is queued still needs the handshake for it.
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
        delegate.socket(self, didRead: bytes)
        if outbox.count == 0 { loop.spareBuffers.takeBack(&outbox) }
    }

    /// Closes for a fault, and tells the peer why as far as it can be told.
    private func fail(_ fault: TLSFault, _ tls: TLSSession) {
        guard phase != .closed else { return }
        let error = SocketError(fault)
        guard writeRequest == nil, tls.sealed.count > 0 else { return close(error: error) }
        _ = tls.sealed.withBytes { cuv_try_send(descriptor, $0.baseAddress, $0.count) }
        // A client knows what it wanted to know. A server's alert would be lost to a reset if the client had sent more
        // than was read, as one does that does not know yet that its certificate is refused.
        guard tls.context.isServer else { return close(error: error) }
        outbox.removeAll()
        tls.sealed.removeAll()
        linger(error: error)
    }
}

// MARK: - Outward

extension Socket {
    /// The gate outward, of a socket with TLS: seals and sends by turns, so that never more than a batch is sealed and
    /// not sent.
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
            let written = tls.sealed.withBytes { cuv_try_send(descriptor, $0.baseAddress, $0.count) }
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

    /// How many bytes of the outbox were taken for what is in flight.
    var plainInFlight: Int {
        guard let tls, tls.batch.isInFlight else { return inFlight.count }
        return tls.batch.plainCount
    }

    /// How many bytes of the outbox the kernel has got for good, of what is in flight.
    func plainTaken(ofInFlight count: Int) -> Int {
        guard let tls, tls.batch.isInFlight else { return count }
        return tls.batch.plainTaken(ofSealed: count)
    }
}
