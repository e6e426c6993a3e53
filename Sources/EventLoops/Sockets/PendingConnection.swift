import CUV

/// A connection attempt to one address, which produces a ``Socket`` or an error. Confined to its loop.
final class PendingConnection: LoopMember {
    private let kind: Socket.Kind
    private let address: RawAddress
    private let stream: UnsafeMutablePointer<uv_stream_t>
    /// Nil after it was called. Then the stream belongs to the socket or is closing.
    private var completion: ((Result<Socket, SocketError>) -> Void)?

    /// Starts to connect.
    /// - Parameters:
    ///   - address: The address of the peer.
    ///   - loop: The loop that the socket will belong to.
    ///   - completion: Called once, on the loop, after the initializer has returned.
    /// - Throws: The system's error if the attempt cannot start.
    init(
        to address: RawAddress, on loop: EventLoop, completion: @escaping (Result<Socket, SocketError>) -> Void
    ) throws(SocketError) {
        self.address = address
        self.completion = completion
        kind = Socket.Kind(family: address.family)
        stream = try kind.makeStream(on: loop)
        super.init(loop: loop)
        hold(stream)
        do throws(SocketError) { try begin() } catch {
            self.completion = nil
            release(stream)
            throw error
        }
    }

    func cancel() { finish(.failure(SocketError(.cancelled, .connect))) }

    override func loopWillEnd() { cancel() }

    private func begin() throws(SocketError) {
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        switch kind {
        case .tcp:
            let result = address.withPointer { uv_tcp_connect(request, Socket.Kind.tcp(stream), $0, onConnected) }
            guard result < 0 else { return }
            request.deallocate()
            throw SocketError(result, .connect)
        case .unix:
            guard case .unix(let path) = SocketAddress(address) else {
                request.deallocate()
                throw SocketError(.nameTooLong, .connect)
            }
            uv_pipe_connect(request, Socket.Kind.pipe(stream), path, onConnected)
        }
    }

    fileprivate func didConnect(_ result: Int32) {
        guard completion != nil else { return }
        guard result == 0 else { return finish(.failure(SocketError(result, .connect))) }
        kind.disableDelay(of: stream)
        let socket = Socket(loop: loop, stream: stream, remoteAddress: SocketAddress(address))
        finish(.success(socket))
    }

    private func finish(_ result: Result<Socket, SocketError>) {
        guard let completion = self.completion.take() else { return }
        switch result {
        case .success(let socket): handOver(stream, to: socket)
        case .failure: release(stream)
        }
        completion(result)
    }
}

private func onConnected(_ request: UnsafeMutablePointer<uv_connect_t>?, _ result: Int32) {
    guard let request else { return }
    let data = request.pointee.handle.pointee.data
    request.deallocate()
    // A strong reference for the call: on success, the stream and the retain that kept this object pass to the socket.
    guard let data else { return }
    Unmanaged<PendingConnection>.fromOpaque(data).takeUnretainedValue().didConnect(result)
}
