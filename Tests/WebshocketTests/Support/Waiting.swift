/// Suspends until a condition holds that no event tells of.
///
/// Has no limit of its own, so a busy machine does not make a test fail; the time limit of the test ends it by
/// cancelling its task. It asks again after a pause, and so leaves the processor to those that it waits for.
func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
