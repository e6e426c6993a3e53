/// The batches in which one loop closes its connections at shutdown.
///
/// Batches spread out the close frames, the clients' responses and the clients' new connections to other servers. The
/// loop keeps serving the remaining connections in between.
package struct DrainPlan: Equatable {
    /// About the number of connections that a loop closes in a millisecond.
    private static let smallestBatch = 100

    /// The time between two batches.
    package static let pause = Duration.milliseconds(10)

    package let batch: Int

    /// Creates a plan.
    /// - Parameters:
    ///   - connections: The number of connections of the loop.
    ///   - grace: The time for the shutdown. The first half is for closing connections, the second for the calls still
    ///     in flight.
    package init(connections: Int, grace: Duration) {
        let batches = max((grace / 2) / Self.pause, 1)
        batch = max(Int((Double(connections) / batches).rounded(.up)), Self.smallestBatch)
    }
}
