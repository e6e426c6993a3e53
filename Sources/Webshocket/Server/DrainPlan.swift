/// How the connections of one loop are closed at shutdown: in batches, so that the frames, the clients' answers and
/// their new connections elsewhere make no spike, and the loop serves who is left meanwhile.
package struct DrainPlan: Equatable {
    /// A loop closes about as many in a millisecond.
    private static let smallestBatch = 100

    /// From one batch to the next.
    package static let pause = Duration.milliseconds(10)

    package let batch: Int

    /// - Parameter grace: of it half is for closing, the rest for the last ones' calls.
    package init(connections: Int, grace: Duration) {
        let batches = max((grace / 2) / Self.pause, 1)
        batch = max(Int((Double(connections) / batches).rounded(.up)), Self.smallestBatch)
    }
}
