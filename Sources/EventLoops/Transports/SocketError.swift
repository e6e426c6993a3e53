import CUV

/// The system's error for a failed operation on a socket, a listener, a file or a name resolution.
package struct SocketError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A libuv error code: a negated `errno`, or one of libuv's own codes of -3000 and below.
    ///
    /// It can have other values than the members of this type.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: Int32

        package init(rawValue: Int32) { self.rawValue = rawValue }
        private init(_ code: uv_errno_t) { rawValue = code.rawValue }

        package static let addressInUse = Code(UV_EADDRINUSE)
        package static let addressNotAvailable = Code(UV_EADDRNOTAVAIL)
        package static let brokenPipe = Code(UV_EPIPE)
        package static let cancelled = Code(UV_ECANCELED)
        package static let connectionRefused = Code(UV_ECONNREFUSED)
        package static let connectionReset = Code(UV_ECONNRESET)
        package static let endOfFile = Code(UV_EOF)
        package static let familyNotSupported = Code(UV_EAFNOSUPPORT)
        /// The name has no address, or no name server could be reached.
        package static let hostNotFound = Code(UV_EAI_NONAME)
        package static let hostUnreachable = Code(UV_EHOSTUNREACH)
        package static let nameTooLong = Code(UV_ENAMETOOLONG)
        package static let networkUnreachable = Code(UV_ENETUNREACH)
        package static let noSuchFile = Code(UV_ENOENT)
        package static let permissionDenied = Code(UV_EACCES)
        package static let timedOut = Code(UV_ETIMEDOUT)
        /// The TLS handshake or the TLS connection failed. ``SocketError/tls`` has the details.
        package static let tlsFailed = Code(UV_EPROTO)
        package static let tooManyFiles = Code(UV_EMFILE)

        package static func other(_ code: Int32) -> Code { Code(rawValue: code) }
    }

    /// The operation that failed.
    package enum Operation: String, Sendable {
        case accept, bind, close, connect, listen, open, read, resolve, secure, signal, write
    }

    package let code: Code
    package let operation: Operation
    /// The TLS fault, if ``code`` is ``Code/tlsFailed``; otherwise nil.
    package let tls: TLSFault?

    package init(_ code: Code, _ operation: Operation) {
        self.code = code
        self.operation = operation
        tls = nil
    }

    init(_ fault: TLSFault) {
        code = .tlsFailed
        operation = .secure
        tls = fault
    }

    init(_ result: Int32, _ operation: Operation) {
        self.init(Code(rawValue: result), operation)
    }

    /// The text of the TLS fault, or the system's text for the code, such as "address already in use".
    package var message: String { tls?.message ?? Self.message(of: code.rawValue) }

    package var description: String { "\(operation): \(message)" }

    /// Whether the process or the system has run out of descriptors, threads or memory.
    package var isShortage: Bool {
        [UV_EMFILE, UV_ENFILE, UV_ENOMEM, UV_ENOBUFS, UV_EAGAIN].contains { $0.rawValue == code.rawValue }
    }

    static func message(of code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let start = text.baseAddress else { return "" }
            uv_strerror_r(code, start, text.count)
            return String(cString: start)
        }
    }
}

/// Throws the error for the result of a libuv call if the result is negative.
@inline(__always)
func check(_ result: Int32, _ operation: SocketError.Operation) throws(SocketError) {
    if result < 0 { throw SocketError(result, operation) }
}
