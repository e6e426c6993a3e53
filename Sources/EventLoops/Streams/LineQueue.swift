/// A queue of log lines to write, with limits on their number and total size.
///
/// When a limit is reached, new lines are dropped and counted until half of the queue is free again. A line that
/// reports the count then replaces the dropped lines, so a reader sees the position of the gap. Lines that cannot be
/// written count as dropped too.
package struct LineQueue {
    /// The limits of a queue.
    package struct Limits: Sendable {
        package var lines: Int
        package var bytes: Int

        package init(lines: Int = 1_024, bytes: Int = 256 * 1_024) {
            self.lines = lines
            self.bytes = bytes
        }
    }

    /// A log line, or a line that reports dropped lines.
    package struct Item: Equatable {
        package let bytes: [UInt8]
        /// The number of dropped lines that it reports; 0 for a log line.
        package let reported: Int

        package init(bytes: [UInt8], reported: Int) {
            self.bytes = bytes
            self.reported = reported
        }
    }

    private let limits: Limits
    private let report: @Sendable (Int) -> [UInt8]
    /// The items. The first `head` of them have already been taken.
    private var items: [Item] = []
    private var head = 0
    /// The number of bytes in the queued items.
    package private(set) var byteCount = 0
    /// Whether new lines are dropped: the queue is full, or was full and is not half empty yet.
    private var isDropping = false
    /// Whether the last write failed. If so, dropped lines are reported only after a line has been written.
    private var isFailing = false
    /// The number of unreported lines that could not be written. Their gap is before the queued items.
    private var refused = 0
    /// The number of unreported lines that did not fit in the queue. Their gap is after the queued items.
    private var missed = 0
    /// The total number of dropped lines.
    package private(set) var dropped = 0

    /// Creates an empty queue.
    /// - Parameters:
    ///   - limits: The limits of the queue.
    ///   - report: Returns the line that reports a number of dropped lines.
    package init(limits: Limits = Limits(), report: @escaping @Sendable (Int) -> [UInt8]) {
        self.limits = limits
        self.report = report
    }

    /// The number of queued items.
    package var count: Int { items.count - head }
    /// Whether there is nothing to write now.
    package var isEmpty: Bool { count == 0 && (isFailing || refused + missed == 0) }

    /// Appends a line, or counts it as dropped.
    package mutating func append(_ line: [UInt8]) {
        if isDropping, count <= limits.lines / 2, byteCount <= limits.bytes / 2 { isDropping = false }
        guard !isDropping, count < limits.lines, line.count <= limits.bytes - byteCount else {
            isDropping = true
            dropped += 1
            missed += 1
            return
        }
        if missed > 0 { push(makeReport(&missed)) }
        push(Item(bytes: line, reported: 0))
    }

    /// Removes and returns the next item to write.
    package mutating func next() -> Item? {
        if refused > 0, !isFailing { return makeReport(&refused) }
        guard count > 0 else { return missed > 0 && !isFailing ? makeReport(&missed) : nil }
        let item = items[head]
        items[head] = Item(bytes: [], reported: 0)
        head += 1
        byteCount -= item.bytes.count
        if head == items.count || head > limits.lines {
            items.removeFirst(head)
            head = 0
        }
        return item
    }

    /// Records the result of writing an item that ``next()`` returned.
    package mutating func finish(_ item: Item, isWritten: Bool) {
        isFailing = !isWritten
        guard !isWritten else { return }
        if item.reported == 0 { dropped += 1 }
        refused += max(item.reported, 1)
    }

    private mutating func push(_ item: Item) {
        items.append(item)
        byteCount += item.bytes.count
    }

    private func makeReport(_ count: inout Int) -> Item {
        defer { count = 0 }
        return Item(bytes: report(count), reported: count)
    }
}
