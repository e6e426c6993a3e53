/// What a loop runs between two polls.
enum Work: Sendable {
    case job(UnownedJob)
    /// A job of a task whose work has a label.
    case labelledJob(UnownedJob, LabelledExecutor)
    case call(@Sendable () -> Void)
}

/// First in, first out. Two arrays take turns, so that a task that always yields does not make one of them grow for
/// ever.
struct JobQueue {
    private var current: [Work?] = []
    private var next: [Work?] = []
    private var head = 0

    /// Above this the room of an emptied array goes back to the allocator; a burst is not paid for all day.
    private static let keptCapacity = 4_096

    var count: Int { current.count - head + next.count }
    var isEmpty: Bool { head == current.count && next.isEmpty }

    mutating func append(_ work: Work) { next.append(work) }

    mutating func append(contentsOf work: [Work]) {
        for work in work { next.append(work) }
    }

    mutating func popFirst() -> Work? {
        if head == current.count {
            guard !next.isEmpty else { return nil }
            if current.capacity > Self.keptCapacity { current = [] } else { current.removeAll(keepingCapacity: true) }
            swap(&current, &next)
            head = 0
        }
        defer { head += 1 }
        return current[head].take()
    }
}
