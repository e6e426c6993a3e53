#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension RetryDelay {
    /// The end of the pause on the wall clock, for display. It is computed when the pause begins.
    public var date: Date { Date(timestamp) }
}
