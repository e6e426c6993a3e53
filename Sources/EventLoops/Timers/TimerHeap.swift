/// An identifier of a timer. It has no effect after the timer has fired or was cancelled.
package struct TimerToken: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32

    /// A token of no timer. A heap with so many slots would not fit in memory.
    static let none = TimerToken(slot: .max, generation: 0)
}

/// A binary heap of deadlines, each with a payload. It does not read a clock: callers pass the time.
///
/// Scheduling and cancelling take O(log *n*). Timers with the same deadline become due in the order of scheduling.
package struct TimerHeap<Payload> {
    private struct Entry {
        var deadline: ContinuousClock.Instant
        var sequence: UInt64
        var slot: UInt32

        func isBefore(_ other: Entry) -> Bool {
            deadline == other.deadline ? sequence < other.sequence : deadline < other.deadline
        }
    }

    private struct Slot {
        var payload: Payload?
        var generation: UInt32 = 0
        /// The index of this slot's entry in the heap; valid only if `payload` is not nil.
        var position = 0
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var scheduled: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }
    package var earliest: ContinuousClock.Instant? { heap.first?.deadline }

    package mutating func schedule(at deadline: ContinuousClock.Instant, _ payload: Payload) -> TimerToken {
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
        }
        slots[Int(slot)].payload = payload
        slots[Int(slot)].position = heap.count
        heap.append(Entry(deadline: deadline, sequence: scheduled, slot: slot))
        scheduled += 1
        moveUp(heap.count - 1)
        return TimerToken(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Cancels a timer, and returns its payload; nil if it has already fired or was cancelled.
    @discardableResult
    package mutating func cancel(_ token: TimerToken) -> Payload? {
        let index = Int(token.slot)
        guard index < slots.count, slots[index].generation == token.generation, slots[index].payload != nil else {
            return nil
        }
        return remove(at: slots[index].position)
    }

    /// Removes the next timer that is due at `now`, and returns its payload; nil if none is due.
    package mutating func popDue(at now: ContinuousClock.Instant) -> Payload? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        return remove(at: 0)
    }

    package mutating func removeAll() {
        while !heap.isEmpty { _ = remove(at: heap.count - 1) }
    }

    private mutating func remove(at position: Int) -> Payload? {
        let slot = heap[position].slot
        let last = heap.removeLast()
        if position < heap.count {
            place(last, at: position)
            moveUp(position)
            moveDown(slots[Int(last.slot)].position)
        }
        slots[Int(slot)].generation &+= 1
        freeSlots.append(slot)
        return slots[Int(slot)].payload.take()
    }

    private mutating func place(_ entry: Entry, at position: Int) {
        heap[position] = entry
        slots[Int(entry.slot)].position = position
    }

    private mutating func moveUp(_ start: Int) {
        let entry = heap[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard entry.isBefore(heap[parent]) else { break }
            place(heap[parent], at: position)
            position = parent
        }
        place(entry, at: position)
    }

    private mutating func moveDown(_ start: Int) {
        let entry = heap[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(entry) else { break }
            place(heap[child], at: position)
            position = child
        }
        place(entry, at: position)
    }
}
