#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A value that a POSIX mutex protects, with the interface of `Synchronization.Mutex`.
///
/// ThreadSanitizer understands POSIX mutexes. On Linux it does not see the futex inside `Mutex`, and reports every
/// guarded access as a race. Loops receive all work from other threads under this lock, so the sanitizer can follow it.
///
/// Unchecked because the value is accessed in `withLock` only.
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

    /// Calls `body` while the mutex is locked. The mutex is not recursive, so `body` must not lock it, and must not
    /// block.
    package borrowing func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&value.pointee)
    }
}
