/// What waits to be sent, in order: elements with their sizes, counted.
package struct OutgoingQueue<Element> {
    /// Where an element stands, until it is removed or the queue is changed at its front.
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

    /// - Returns: nil where nothing stands.
    package mutating func remove(at place: Place) -> Element? {
        guard let removed = elements.remove(at: place) else { return nil }
        bytes -= removed.bytes
        return removed.element
    }

    /// Takes everything out, the oldest first.
    package mutating func removeAll() -> [(element: Element, bytes: Int)] {
        var all: [(element: Element, bytes: Int)] = []
        while let next = elements.popFirst() { all.append(next) }
        bytes = 0
        return all
    }
}
