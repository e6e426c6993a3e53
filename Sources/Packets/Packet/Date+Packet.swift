#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Packet {
    /// The time at which the packet was sent; nil if the sender did not say. A peer sets it; it need not be true.
    public var timestamp: Date? {
        get { sentAt.map { Date(timeIntervalSince1970: $0) } }
        set { sentAt = newValue?.timeIntervalSince1970 }
    }
}
