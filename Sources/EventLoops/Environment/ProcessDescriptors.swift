import CUV

/// The file descriptors and threads of the process.
///
/// A program may change the standard streams and the limits of its process; a library must not. An event loop only
/// calls ``canOpen(_:)`` when it starts, which opens six descriptors and closes them again.
package enum ProcessDescriptors {
    /// Opens `/dev/null` for each standard stream that is closed, so no other descriptor gets its number.
    ///
    /// Call it before the process opens other descriptors.
    /// - Throws: The system's error, such as ``SocketError/Code/tooManyFiles``.
    package static func openStandardStreams() throws(SocketError) {
        try check(cuv_open_standard_streams(), .open)
    }

    /// Raises the soft limit on open descriptors to the hard limit.
    /// - Throws: The system's error.
    package static func raiseLimit() throws(SocketError) {
        try check(cuv_raise_descriptor_limit(), .open)
    }

    /// The soft limit on open descriptors; nil if unlimited.
    package static var limit: Int? {
        let limit = cuv_descriptor_limit()
        return limit == .max ? nil : Int(limit)
    }

    /// Returns whether `count` more descriptors can be opened now.
    /// - Parameter count: At most 8,192.
    package static func canOpen(_ count: Int) -> Bool {
        cuv_descriptors_left(Int32(count)) == Int32(count)
    }

    /// Returns whether `count` more threads can be started now.
    /// - Parameter count: At most 256.
    package static func canStartThreads(_ count: Int) -> Bool {
        cuv_threads_left(Int32(count)) == Int32(count)
    }

    /// Returns the number of descriptors that event loops need, including those of libuv and of system libraries.
    package static func needed(loops: Int) -> Int {
        // Per loop: epoll, an eventfd, and both ends of a signal pipe. Per process: three for Dispatch, three for
        // libuv.
        4 * loops + 6
    }
}
