/// A value that may travel between threads but be touched on its loop only.
///
/// Unchecked because ``value`` stops the process when it is read elsewhere. The last copy may go away on any thread,
/// and a class inside then has its `deinit` there: such a `deinit` must not touch what the loop owns.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let storage: Value

    package init(_ value: Value, loop: EventLoop) {
        self.loop = loop
        storage = value
    }

    /// The value; on its loop only, which costs one read of a thread-local variable to check.
    package var value: Value {
        precondition(loop.isCurrent, "A value that is bound to an event loop was touched on another thread.")
        return storage
    }
}
