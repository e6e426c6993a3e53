/// Pages for monitoring: a health check and a readiness check (Protocol.md, "Pages and files").
public struct HealthChecks: Sendable {
    /// A closure that decides whether the server is ready for clients, for example by checking the services that it
    /// needs.
    ///
    /// The server is not ready if the closure returns false, throws, or exceeds ``ServerTimeouts/httpResponse``. The
    /// closure runs for each request, on the connection's event loop.
    public typealias Readiness = nonisolated(nonsending) @Sendable () async throws -> Bool

    /// The path of the health check, which responds with 200 while the server runs.
    public var healthPath: String
    /// The path of the readiness check, which responds with 200 if the server is ready. It responds with 503 if the
    /// server is not ready or is shutting down.
    public var readinessPath: String
    /// The closure that decides whether the server is ready; nil if it is always ready.
    public var isReady: Readiness?

    /// Creates the checks. An ``HTTPRoute`` with the same path replaces a check.
    /// - Parameters:
    ///   - healthPath: The path of the health check.
    ///   - readinessPath: The path of the readiness check.
    ///   - isReady: Decides whether the server is ready; nil if it is always ready.
    public init(
        healthPath: String = "/health", readinessPath: String = "/ready", isReady: Readiness? = nil
    ) {
        self.healthPath = healthPath
        self.readinessPath = readinessPath
        self.isReady = isReady
    }

    var pages: [HTTPRoute] { [HTTPRoute(healthPath, .health), HTTPRoute(readinessPath, .readiness(isReady))] }
}
