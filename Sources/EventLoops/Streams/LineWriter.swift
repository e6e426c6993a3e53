import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Writes lines on its own thread, so a stalled reader never blocks the caller.
///
/// The thread starts with the first line. If it cannot be created, lines stay in the queue, and each further line tries
/// again.
///
/// Unchecked because `queue`, `isBusy` and `hasThread` are accessed under `lock` only.
package final class LineWriter: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Writes a line that includes its newline. Returns false if the line cannot be written.
    private let write: @Sendable ([UInt8]) -> Bool
    /// Whether a line can be written without waiting for the reader of the stream.
    private let isWritable: @Sendable () -> Bool
    private var queue: LineQueue
    /// Whether a line has been taken from the queue and is being written, by either thread.
    private var isBusy = false
    private var hasThread = false

    /// Creates a writer.
    /// - Parameters:
    ///   - queue: An empty queue.
    ///   - write: Writes a line, and returns whether it succeeded. Called on the writer's thread, one line at a time;
    ///     it may block. During a flush, it is called on the flushing thread if `isWritable` returns true.
    ///   - isWritable: Whether a line can be written without waiting for the reader of the stream.
    package init(
        _ queue: LineQueue, write: @escaping @Sendable ([UInt8]) -> Bool,
        isWritable: @escaping @Sendable () -> Bool = { false }
    ) {
        self.queue = queue
        self.write = write
        self.isWritable = isWritable
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        arrived.initialize(to: pthread_cond_t())
        pthread_cond_init(arrived, nil)
    }

    /// The number of lines that were dropped because the queue was full or they could not be written.
    package var dropped: Int { locked { queue.dropped } }

    /// Queues a line. Thread-safe, and never waits for the stream.
    package func append(_ line: [UInt8]) {
        locked {
            queue.append(line)
            if !hasThread { hasThread = startThread("webshocket-log") { [self] in run() } == 0 }
            pthread_cond_signal(arrived)
        }
    }

    /// Waits until all lines are written. Returns immediately if the writer has no thread.
    ///
    /// Writes lines itself while the stream accepts them, because the writer's thread may not get a processor in time.
    /// - Parameter milliseconds: The maximum time to wait.
    package func flush(within milliseconds: Int) {
        for _ in 0..<milliseconds {
            while isWritable(), let item = locked({ takeItem() }) { write(item) }
            if locked({ !hasThread || (queue.isEmpty && !isBusy) }) { return }
            usleep(1_000)
        }
    }

    private func run() {
        while true { write(nextItem()) }
    }

    private func write(_ item: LineQueue.Item) {
        let isWritten = write(item.bytes)
        locked {
            queue.finish(item, isWritten: isWritten)
            isBusy = false
            pthread_cond_signal(arrived)
        }
    }

    /// Removes an item from the queue for the caller to write. Nil if there is none, or one is being written.
    private func takeItem() -> LineQueue.Item? {
        guard !isBusy, let item = queue.next() else { return nil }
        isBusy = true
        return item
    }

    /// Waits for an item, and removes it from the queue.
    private func nextItem() -> LineQueue.Item {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let item = takeItem() { return item }
            pthread_cond_wait(arrived, lock)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}
