#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif
import EventLoops
import Foundation

/// What this process holds of the system.
struct Footprint: Sendable {
    /// 0 where the system does not tell.
    var descriptors = 0
    /// Bytes that are resident; 0 where the system does not tell.
    var memory = 0
    /// Timers of the clients' loop.
    var timers = 0

    static func now() async -> Footprint {
        var footprint = Footprint()
        footprint.descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii) {
            let fields = text.split(separator: " ")
            footprint.memory = (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
        let loop = EventLoopGroup.shared.loops[0]
        footprint.timers = await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: loop.timerCount) }
        }
        return footprint
    }
}
