/// One direction of an in-memory connection: decides what happens to the bytes that enter it.
///
/// Positions count bytes from the beginning of the connection.
package struct FaultyPipe {
    /// A fault at a position: it affects the bytes from there on.
    package enum Fault: Sendable, Hashable {
        /// Bytes are held back until ``FaultyPipe/resume()``.
        case stall
        /// Bytes are lost, and neither side notices, as if a cable was pulled out.
        case drop
        /// The connection is reset.
        case cut
    }

    /// Something that leaves the pipe at the other end.
    package enum Passage: Equatable {
        case bytes([UInt8])
        /// The sender sends no more.
        case end
        /// The connection is reset for both sides.
        case cut
    }

    private enum State { case flowing, stalled, dropping, over }

    private var state = State.flowing
    /// The faults that are still ahead, in the order of their positions.
    private var faults: ArraySlice<(position: Int, fault: Fault)>
    private let pieceSize: Int?
    /// The number of bytes that have left the pipe or are lost.
    private var position = 0
    private var held: [UInt8] = []
    private var isEndHeld = false
    private var isResetHeld = false

    /// Creates a pipe.
    /// - Parameters:
    ///   - faults: The faults by their positions.
    ///   - pieceSize: The largest number of bytes that leave the pipe at a time; at least 1. Nil for no limit.
    package init(faults: [Int: Fault] = [:], pieceSize: Int? = nil) {
        self.faults = faults.sorted { $0.key < $1.key }.map { (position: $0.key, fault: $0.value) }[...]
        self.pieceSize = pieceSize
    }

    /// Takes bytes from the sender.
    /// - Returns: The passages that happen now, in order.
    package mutating func admit(_ bytes: [UInt8]) -> [Passage] {
        held += bytes
        return pass()
    }

    /// Takes the end of the bytes from the sender.
    /// - Returns: The passages that happen now, in order.
    package mutating func admitEnd() -> [Passage] {
        isEndHeld = true
        return pass()
    }

    /// Begins a fault now.
    /// - Returns: The passages that happen now, in order.
    package mutating func begin(_ fault: Fault) -> [Passage] {
        guard state != .over else { return [] }
        switch fault {
        case .stall: state = .stalled
        case .drop: state = .dropping
        case .cut:
            state = .over
            return [.cut]
        }
        return pass()
    }

    /// Takes a reset from the sender. Bytes that are held back are lost.
    /// - Returns: The passages that happen now, in order.
    package mutating func admitReset() -> [Passage] {
        held = []
        isEndHeld = false
        switch state {
        case .flowing:
            state = .over
            return [.cut]
        case .stalled:
            isResetHeld = true
            return []
        case .dropping, .over: return []
        }
    }

    /// Ends a stall or a drop. Bytes that were lost stay lost.
    /// - Returns: The passages that happen now, in order.
    package mutating func resume() -> [Passage] {
        guard state != .over else { return [] }
        state = .flowing
        return isResetHeld ? admitReset() : pass()
    }

    private mutating func pass() -> [Passage] {
        var passages: [Passage] = []
        while true {
            if let next = faults.first, next.position <= position, state == .flowing {
                faults.removeFirst()
                switch next.fault {
                case .stall: state = .stalled
                case .drop: state = .dropping
                case .cut:
                    state = .over
                    passages.append(.cut)
                }
            }
            switch state {
            case .stalled: return passages
            case .dropping, .over:
                position += held.count
                held = []
                isEndHeld = false
                return passages
            case .flowing:
                let room = faults.first.map { $0.position - position } ?? .max
                let count = min(held.count, room, pieceSize ?? .max)
                guard count > 0 else {
                    if held.isEmpty, isEndHeld {
                        state = .over
                        isEndHeld = false
                        passages.append(.end)
                    }
                    return passages
                }
                passages.append(.bytes(Array(held.prefix(count))))
                held.removeFirst(count)
                position += count
            }
        }
    }
}
