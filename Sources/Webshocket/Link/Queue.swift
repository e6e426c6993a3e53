/// First in, first out. Taking costs the same however many wait, and what was taken is soon let go of.
package struct Queue<Element> {
    /// How many taken elements are moved out at a time.
    private static var batch: Int { 512 }

    private var elements: [Element?] = []
    /// How many elements at the front are already taken.
    private var taken = 0

    package init() {}

    package var count: Int { elements.count - taken }
    package var isEmpty: Bool { count == 0 }

    package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes the oldest element.
    package mutating func popFirst() -> Element? {
        guard taken < elements.count else { return nil }
        let element = elements[taken].take()
        taken += 1
        if taken == elements.count || taken >= Self.batch {
            elements.removeFirst(taken)
            taken = 0
        }
        return element
    }
}
