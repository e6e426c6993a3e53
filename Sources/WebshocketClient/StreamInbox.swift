/// The client's state of one stream: the elements that were received but not taken, the credit, and the end of the
/// stream.
package struct StreamInbox {
    package enum Ending: Sendable {
        case finished
        case failed(any Error)
    }

    /// The actions to perform after an element was taken.
    package struct Demand: Sendable, Equatable {
        /// The credit to grant to the server, in elements; 0 if none is due.
        package var credit = 0
        /// Whether the stream was held up and now has room again.
        package var isReleased = false

        package var isNothing: Bool { self == Demand() }
    }

    package enum Next: Sendable {
        case element(WireValue, Demand)
        /// The stream has ended. An error is returned only once.
        case ended((any Error)?)
        case nothing

        /// The result for the consumer; nil if it must wait.
        package var outcome: Result<WireValue?, any Error>? {
            switch self {
            case .element(let element, _): .success(element)
            case .ended(let error): error.map { .failure($0) } ?? .success(nil)
            case .nothing: nil
            }
        }
    }

    /// The number of elements that may wait, and for which the server has credit.
    package let window: Int
    private var elements = Queue<WireValue>()
    /// The number of elements taken since credit was last granted.
    private var taken = 0
    /// Whether more elements wait than the window allows. The server then ignores credit, and only TCP backpressure
    /// limits it.
    package private(set) var isHeldUp = false
    private var ending: Ending?

    package init(window: Int) {
        self.window = window
    }

    /// The number of waiting elements.
    package var count: Int { elements.count }

    package mutating func arrived(_ element: WireValue) {
        guard ending == nil else { return }
        elements.append(element)
        if elements.count > window { isHeldUp = true }
    }

    /// Ends the stream. Only the first call has an effect. Elements that arrived before can still be taken.
    package mutating func end(_ ending: Ending) {
        if self.ending == nil { self.ending = ending }
    }

    /// Takes the oldest element, or the end after the last element.
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
