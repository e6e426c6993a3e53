/// A value that may be passed between threads, but accessed on its loop only.
///
/// Unchecked because ``value`` traps if it is read on another thread. The last copy may be released on any thread. If
/// the value is an object, its `deinit` runs there, so it must not access state of the loop.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let storage: Value

    package init(_ value: Value, loop: EventLoop) {
        self.loop = loop
        storage = value
    }

    /// The value. Access it on its loop only; the check costs one read of a thread-local variable.
    package var value: Value {
        precondition(loop.isCurrent, "a value that is bound to an event loop was accessed on another thread")
        return storage
    }
}
