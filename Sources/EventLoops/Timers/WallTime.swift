#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A date and time, as the time since 1970 in UTC.
package struct WallTime: Sendable, Hashable {
    /// The number of whole seconds.
    package var seconds: Int64
    /// The nanoseconds of the current second.
    package var nanoseconds: UInt32

    package init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The time of the system's real-time clock.
    package static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }

    /// Adds a duration of zero or more.
    package static func + (time: WallTime, duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int64(time.nanoseconds) + attoseconds / 1_000_000_000
        return WallTime(
            seconds: time.seconds + seconds + nanoseconds / 1_000_000_000,
            nanoseconds: UInt32(nanoseconds % 1_000_000_000))
    }
}
