/// A queue of elements to send, in order, which counts their sizes.
package struct OutgoingQueue<Element> {
    /// The position of an element, valid until the element is removed or the front of the queue changes.
    package typealias Place = LinkedQueue<(element: Element, bytes: Int)>.Place

    private var elements = LinkedQueue<(element: Element, bytes: Int)>()
    package private(set) var bytes = 0

    package init() {}

    package var count: Int { elements.count }
    package var isEmpty: Bool { elements.isEmpty }

    package mutating func append(_ element: Element, bytes: Int) -> Place {
        self.bytes += bytes
        return elements.append((element, bytes))
    }

    package mutating func popFirst() -> Element? {
        elements.firstPlace.flatMap { remove(at: $0) }
    }

    /// Removes the element at a position.
    /// - Returns: The element; nil if there is none.
    package mutating func remove(at place: Place) -> Element? {
        guard let removed = elements.remove(at: place) else { return nil }
        bytes -= removed.bytes
        return removed.element
    }

    /// Removes and returns all elements, the oldest first.
    package mutating func removeAll() -> [(element: Element, bytes: Int)] {
        var all: [(element: Element, bytes: Int)] = []
        while let next = elements.popFirst() { all.append(next) }
        bytes = 0
        return all
    }
}
