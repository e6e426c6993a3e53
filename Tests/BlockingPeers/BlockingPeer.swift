import EventLoops
import Foundation

/// A peer with blocking I/O and a small receive buffer, so the system buffers few bytes that it has not read.
///
/// It does not support TLS. Use it on a separate thread, because its methods block.
package final class BlockingPeer: Sendable {
    private let descriptor: Int32
    private let last = Locked<[UInt8]>([])

    package struct Failure: Error {
        package init() {}
    }

    /// Connects to a port on the loopback interface.
    package init(port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        descriptor = try Self.connected(AF_INET, to: address)
    }

    /// Connects to a Unix-domain socket.
    package init(unixSocket path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        descriptor = try Self.connected(AF_UNIX, to: address)
    }

    private static func connected<Address>(_ family: Int32, to address: Address) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        var small: Int32 = 4_096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 50, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Failure()
        }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Runs blocking work on a new thread.
    package static func aside<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}

// MARK: - Sending

extension BlockingPeer {
    package func send(_ bytes: [UInt8]) throws {
        guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure()
        }
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Closes the sending side, and keeps the receiving side open, which this library's sockets cannot do.
    package func end() { shutdown(descriptor, Int32(SHUT_WR)) }
}

// MARK: - Receiving

extension BlockingPeer {
    /// The last received bytes, at most 64.
    package var tail: [UInt8] { last.withLock { $0 } }

    /// Reads the next bytes.
    /// - Parameter count: The maximum number of bytes; at most 16,384 are read.
    /// - Returns: The bytes; empty at the end of the connection.
    /// - Throws: ``Failure`` if nothing arrives within 50 s.
    package func read(atMost count: Int = 16_384) throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: min(count, 16_384))
        let length = recv(descriptor, &chunk, chunk.count, 0)
        // A reset counts as the end of the connection.
        guard length >= 0 || errno == ECONNRESET else { throw Failure() }
        chunk.removeLast(chunk.count - max(length, 0))
        last.withLock { $0 = ($0 + chunk.suffix(64)).suffix(64) }
        return chunk
    }

    /// Reads and discards a number of bytes.
    /// - Returns: The number of bytes read, less than `count` only at the end of the connection; nil after a timeout.
    package func receive(_ count: Int) -> Int? {
        var received = 0
        while received < count {
            guard let chunk = try? read(atMost: count - received) else { return nil }
            guard !chunk.isEmpty else { return received }
            received += chunk.count
        }
        return received
    }

    /// Connects, sends bytes, closes the sending side, and returns all received bytes.
    package static func exchange(_ bytes: [UInt8], port: Int) throws -> [UInt8] {
        let peer = try BlockingPeer(port: port)
        try peer.send(bytes)
        peer.end()
        var received: [UInt8] = []
        while case let chunk = try peer.read(), !chunk.isEmpty { received += chunk }
        return received
    }
}
