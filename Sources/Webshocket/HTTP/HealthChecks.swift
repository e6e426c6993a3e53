/// Pages by which whoever watches over the process asks after it (Protocol.md, "Pages and files").
public struct HealthChecks: Sendable {
    /// Says whether clients are to be sent here; it may ask whatever the server depends on. False, an error and no
    /// answer within ``Timeouts/page`` mean no. It runs like a page's, for each request.
    public typealias Readiness = nonisolated(nonsending) @Sendable () async throws -> Bool

    /// Answered with 200 while the process serves.
    public var healthPath: String
    /// Answered with 200 when the server is ready, and with 503 when it is not or shuts down.
    public var readinessPath: String
    /// What decides that it is ready; nil for always.
    public var isReady: Readiness?

    /// Makes the checks. A ``Page`` at one of their paths takes its place.
    public init(
        healthPath: String = "/health", readinessPath: String = "/ready", isReady: Readiness? = nil
    ) {
        self.healthPath = healthPath
        self.readinessPath = readinessPath
        self.isReady = isReady
    }

    var pages: [Page] { [Page(healthPath, .health), Page(readinessPath, .readiness(isReady))] }
}
