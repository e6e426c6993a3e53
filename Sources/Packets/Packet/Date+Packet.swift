#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Packet {
    /// The time at which the packet was sent; nil if the sender did not say. A peer sets it; it need not be true.
    public var timestamp: Date? {
        get {
            // MessagePack can carry NaN, and Foundation traps if a log describes the date of it.
            guard let sentAt, sentAt.isFinite else { return nil }
            return Date(timeIntervalSince1970: sentAt)
        }
        set { sentAt = newValue?.timeIntervalSince1970 }
    }
}
