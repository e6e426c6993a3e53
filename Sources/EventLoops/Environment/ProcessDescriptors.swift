import CUV

/// The descriptors and threads of the process.
///
/// A program that owns its process may change its standard streams and limits; a library must not. An event loop only
/// calls ``canOpen(_:)`` when it starts, which opens six descriptors for a moment and closes them again.
package enum ProcessDescriptors {
    /// Opens `/dev/null` as each of the standard streams that is closed, so that no other descriptor gets its number.
    /// Call it before anything else is opened.
    /// - Throws: the system's error, such as ``SocketError/Code/tooManyFiles``.
    package static func openStandardStreams() throws(SocketError) {
        try check(cuv_open_standard_streams(), .open)
    }

    /// Raises the soft limit on open descriptors to the hard one.
    /// - Throws: the system's error.
    package static func raiseLimit() throws(SocketError) {
        try check(cuv_raise_descriptor_limit(), .open)
    }

    /// The soft limit on open descriptors; nil if there is none.
    package static var limit: Int? {
        let limit = cuv_descriptor_limit()
        return limit == .max ? nil : Int(limit)
    }

    /// Whether `count` more descriptors can be opened now.
    /// - Parameter count: at most 8,192.
    package static func canOpen(_ count: Int) -> Bool {
        cuv_descriptors_left(Int32(count)) == Int32(count)
    }

    /// Whether `count` more threads can be started now.
    /// - Parameter count: at most 256.
    package static func canStartThreads(_ count: Int) -> Bool {
        cuv_threads_left(Int32(count)) == Int32(count)
    }

    /// The number of descriptors that event loops need, including those of libuv and of the system's libraries.
    package static func needed(loops: Int) -> Int {
        // For each loop: epoll, an event, and the two ends of a pipe for signals. For the process: the three of
        // Dispatch, and three of libuv.
        4 * loops + 6
    }
}
