#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system's real-time clock, which can be adjusted.
package enum WallClock {
    /// The time since 1970: whole seconds, and the nanoseconds of the current second.
    package static var now: (seconds: Int64, nanoseconds: UInt32) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), UInt32(time.tv_nsec))
    }
}
