/// What a client holds of one stream: the elements that have arrived and were not taken, what the server may send on,
/// and how the stream ended.
package struct StreamInbox {
    package enum Ending: Sendable {
        case finished
        case failed(any Error)
    }

    /// What is to be done for an element that was taken.
    package struct Demand: Sendable, Equatable {
        /// How many more elements the server may send; 0 for nothing to be said now.
        package var credit = 0
        /// Whether fewer wait now than the stream was held up for.
        package var isReleased = false

        package var isNothing: Bool { self == Demand() }
    }

    package enum Next: Sendable {
        case element(Value, Demand)
        /// The stream is over; the error is told once.
        case ended((any Error)?)
        case nothing

        /// What the consumer is told; nil for that it has to wait.
        package var outcome: Result<Value?, any Error>? {
            switch self {
            case .element(let element, _): .success(element)
            case .ended(let error): error.map { .failure($0) } ?? .success(nil)
            case .nothing: nil
            }
        }
    }

    /// How many elements may wait, by the credit that the server was given.
    package let window: Int
    private var elements = Queue<Value>()
    /// Taken since credit was last given.
    private var taken = 0
    /// More wait than may: the server heeds no credit, and only TCP can hold it back.
    package private(set) var isHeldUp = false
    private var ending: Ending?

    package init(window: Int) {
        self.window = window
    }

    /// How many elements wait.
    package var count: Int { elements.count }

    package mutating func arrived(_ element: Value) {
        guard ending == nil else { return }
        elements.append(element)
        if elements.count > window { isHeldUp = true }
    }

    /// The first ending counts; the elements before it are still to be taken.
    package mutating func end(_ ending: Ending) {
        if self.ending == nil { self.ending = ending }
    }

    /// Takes the oldest element, or behind the last one the end.
    package mutating func next() -> Next {
        if let element = elements.popFirst() { return .element(element, elementWasTaken()) }
        switch ending {
        case nil: return .nothing
        case .finished: return .ended(nil)
        case .failed(let error):
            ending = .finished
            return .ended(error)
        }
    }

    private mutating func elementWasTaken() -> Demand {
        var demand = Demand()
        taken += 1
        if ending == nil, taken >= max(window / 2, 1) {
            demand.credit = taken
            taken = 0
        }
        if isHeldUp, elements.count <= window / 2 {
            isHeldUp = false
            demand.isReleased = true
        }
        return demand
    }
}
