import CUV

/// The file of a listening Unix-domain socket.
struct UnixSocketFile: Sendable {
    let path: String
    private let device: UInt64
    private let inode: UInt64

    init?(path: String) {
        let file = cuv_file_at(path)
        guard file.error == 0 else { return nil }
        self.path = path
        device = file.device
        inode = file.inode
    }

    /// Removes the file, unless it has been replaced by another one.
    func remove() {
        let file = cuv_file_at(path)
        guard file.error == 0, file.device == device, file.inode == inode else { return }
        _ = cuv_remove_file(path)
    }
}

/// The listening descriptor of a Unix-domain endpoint.
enum UnixBinding {
    static func open(_ path: String, backlog: Int32) throws(SocketError) -> (Int32, UnixSocketFile?) {
        guard let address = RawAddress(path: path) else { throw SocketError(.nameTooLong, .bind) }
        let descriptor = cuv_stream_socket(AF_UNIX)
        try check(descriptor, .open)
        do throws(SocketError) {
            try bind(descriptor, to: address, path: path)
            let file = UnixSocketFile(path: path)
            do throws(SocketError) {
                try check(cuv_listen(descriptor, backlog), .listen)
            } catch {
                file?.remove()
                throw error
            }
            return (descriptor, file)
        } catch {
            cuv_close(descriptor)
            throw error
        }
    }

    private static func bind(_ descriptor: Int32, to address: RawAddress, path: String) throws(SocketError) {
        let result = address.withPointer { cuv_bind(descriptor, $0, address.length) }
        guard result == UV_EADDRINUSE.rawValue else { return try check(result, .bind) }
        guard cuv_file_at(path).is_socket != 0, isStale(address) else { throw SocketError(.addressInUse, .bind) }
        try check(cuv_remove_file(path), .bind)
        try check(address.withPointer { cuv_bind(descriptor, $0, address.length) }, .bind)
    }

    /// Returns whether no process listens on a socket file: a connection is refused. Any other error, such as a full
    /// queue or a missing permission, means that a process listens.
    private static func isStale(_ address: RawAddress) -> Bool {
        let probe = cuv_stream_socket(AF_UNIX)
        guard probe >= 0 else { return false }
        defer { cuv_close(probe) }
        return address.withPointer { cuv_connect(probe, $0, address.length) } == UV_ECONNREFUSED.rawValue
    }
}
