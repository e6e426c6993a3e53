import Synchronization

/// The message counts of one channel, updated from every loop.
package final class ChannelCounters: Sendable {
    private let published = Atomic<Int>(0)
    private let delivered = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    func notePublished() {
        published.wrappingAdd(1, ordering: .relaxed)
    }

    func noteDelivered(_ delivered: Int, dropped: Int) {
        if delivered > 0 { self.delivered.wrappingAdd(delivered, ordering: .relaxed) }
        if dropped > 0 { self.dropped.wrappingAdd(dropped, ordering: .relaxed) }
    }

    package init() {}

    package var counts: (published: Int, delivered: Int, dropped: Int) {
        (published.load(ordering: .relaxed), delivered.load(ordering: .relaxed), dropped.load(ordering: .relaxed))
    }
}
