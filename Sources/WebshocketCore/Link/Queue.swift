/// A first-in, first-out queue. Taking an element has an amortized cost independent of the count, and frees it
/// promptly.
@usableFromInline
package struct Queue<Element> {
    /// The number of taken elements that are removed from the array at a time.
    @inlinable static var batch: Int { 512 }

    @usableFromInline var elements: [Element?] = []
    /// The number of elements at the front that are already taken.
    @usableFromInline var taken = 0

    @inlinable package init() {}

    @inlinable package var count: Int { elements.count - taken }
    @inlinable package var isEmpty: Bool { count == 0 }

    @inlinable package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes the oldest element.
    @inlinable package mutating func popFirst() -> Element? {
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
