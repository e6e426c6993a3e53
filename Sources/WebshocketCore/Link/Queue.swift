/// A first-in, first-out queue. Taking an element has an amortized cost independent of the count, and frees it
/// promptly.
package struct Queue<Element> {
    /// The number of taken elements that are removed from the array at a time.
    private static var batch: Int { 512 }

    private var elements: [Element?] = []
    /// The number of elements at the front that are already taken.
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
