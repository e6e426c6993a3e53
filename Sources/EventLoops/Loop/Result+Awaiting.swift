extension Result where Failure == any Error {
    /// What comes of an asynchronous body, as a value; it runs where its caller does.
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
