extension Result where Failure == any Error {
    /// Captures the result of an asynchronous closure, which runs on the caller's executor.
    nonisolated(nonsending) package init(
        awaiting body: nonisolated(nonsending) () async throws -> Success
    ) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
