import EventLoops
import Foundation

/// A peer that reads what it asks for and nothing else: the system holds little for it, and it waits by itself. Only for
/// plain TCP, and on a thread of its own.
final class BlockingPeer: Sendable {
    private let descriptor: Int32
    /// The last bytes of what has come, 64 at most.
    var tail: [UInt8] { last.withLock { $0 } }
    private let last = Locked<[UInt8]>([])

    struct Failure: Error {}

    /// Connects to a port of this machine.
    /// - Parameter patience: how long it waits for bytes.
    init(port: Int, patience: Int = 50) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var small: Int32 = 4_096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure() }
    }

    /// Connects to a Unix-domain socket, for which the system holds little too.
    init(unixSocket path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 50, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Failure() }
    }

    deinit { close(descriptor) }

    /// Says nothing more.
    func end() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) throws {
        guard Foundation.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count else {
            throw Failure()
        }
    }

    /// The next bytes, fewer only at the end of the connection; nil when none come in time.
    func receive(_ count: Int) -> Int? {
        var chunk = [UInt8](repeating: 0, count: min(count, 65_536))
        var received = 0
        while received < count {
            switch recv(descriptor, &chunk, min(chunk.count, count - received), 0) {
            case 0: return received
            case let length where length > 0:
                received += length
                last.withLock { $0 = ($0 + chunk.prefix(length).suffix(64)).suffix(64) }
            // A reset is an end too.
            default: return errno == ECONNRESET ? received : nil
            }
        }
        return received
    }

    /// Runs something that blocks on a thread of its own.
    static func aside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
