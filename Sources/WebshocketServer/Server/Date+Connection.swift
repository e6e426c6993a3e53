#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Connection {
    /// The time at which the peer connected.
    public var connectedAt: Date { Date(connectionTime) }
}
