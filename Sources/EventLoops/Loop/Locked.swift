#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A value behind a POSIX lock, with the face of `Synchronization.Mutex`.
///
/// ThreadSanitizer knows POSIX locks; on Linux it cannot see the futex inside `Mutex` and takes every guarded access
/// for a race. All that threads hand to a loop passes this lock, so with it the sanitizer follows the loops as well.
///
/// Unchecked because the value is reached in `withLock` only.
package struct Locked<Value>: ~Copyable, @unchecked Sendable {
    private let value: UnsafeMutablePointer<Value>
    private let lock: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ initial: Value) {
        value = .allocate(capacity: 1)
        value.initialize(to: initial)
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Take it, copy out, let go: `body` must not wait and not call what may come back here.
    package borrowing func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&value.pointee)
    }
}
