/// Log lines that wait to be written, with bounds on their number and size.
///
/// When a bound is reached, new lines are dropped and counted until half of the queue is free again. A line with the
/// count then takes the place of the dropped ones, so that a reader sees where the gap is. Lines that the stream refuses
/// count as dropped too.
package struct LineQueue {
    /// The bounds of a queue.
    package struct Limits: Sendable {
        package var lines: Int
        package var bytes: Int

        package init(lines: Int = 1_024, bytes: Int = 256 * 1_024) {
            self.lines = lines
            self.bytes = bytes
        }
    }

    /// Something to write.
    package struct Item: Equatable {
        package let bytes: [UInt8]
        /// The number of dropped lines that it reports; 0 for a line of the log.
        package let reported: Int

        package init(bytes: [UInt8], reported: Int) {
            self.bytes = bytes
            self.reported = reported
        }
    }

    private let limits: Limits
    private let report: @Sendable (Int) -> [UInt8]
    /// The first `head` items have been taken.
    private var items: [Item] = []
    private var head = 0
    /// The number of bytes in the waiting items.
    package private(set) var byteCount = 0
    /// The queue is full, or has been and is not half empty yet.
    private var isDropping = false
    /// The last write failed. Then a report waits until a line is written.
    private var isFailing = false
    /// Unreported lines that the stream refused: the gap is before the waiting items.
    private var refused = 0
    /// Unreported lines that did not fit: the gap is after the waiting items.
    private var missed = 0
    /// The number of lines that were ever dropped.
    package private(set) var dropped = 0

    /// - Parameters:
    ///   - limits: the bounds.
    ///   - report: makes the line that reports a number of dropped lines.
    package init(limits: Limits = Limits(), report: @escaping @Sendable (Int) -> [UInt8]) {
        self.limits = limits
        self.report = report
    }

    /// The number of waiting items.
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

    /// Removes the next item to write.
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

    /// Notes the outcome of writing an item that ``next()`` returned.
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
