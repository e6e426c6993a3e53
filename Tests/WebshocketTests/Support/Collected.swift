import EventLoops

/// What closures on other threads have seen, in order.
final class Collected<Element: Sendable>: Sendable {
    private let state = Locked<[Element]>([])

    var values: [Element] { state.withLock { $0 } }

    func append(_ element: Element) { state.withLock { $0.append(element) } }
}
