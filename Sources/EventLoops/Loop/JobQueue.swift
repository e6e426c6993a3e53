/// A unit of work that a loop runs between two polls.
enum Work: Sendable {
    case job(UnownedJob)
    /// A job that runs as labelled work.
    case labelledJob(UnownedJob, LabelledExecutor)
    case call(@Sendable () -> Void)
}

/// A first-in, first-out queue of work.
///
/// It alternates between two arrays. A single array would grow without limit if a task always yields.
struct JobQueue {
    private var current: [Work?] = []
    private var next: [Work?] = []
    private var head = 0
    /// The number of items that were taken from the queue.
    private(set) var taken: UInt = 0

    /// The maximum capacity of an emptied array that is kept. A larger one is freed, so a burst does not hold memory.
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
        taken &+= 1
        return current[head].take()
    }
}
