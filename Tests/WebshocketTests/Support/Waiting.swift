/// Suspends until a condition holds for which there is no event to wait for.
///
/// There is no timeout, so a test does not fail on a busy machine. The test's time limit cancels the task. The
/// condition is evaluated every 2 ms.
func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
