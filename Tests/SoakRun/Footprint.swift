#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif
import EventLoops
import Foundation

/// The system resources that this process uses.
struct Footprint: Sendable {
    /// The number of open file descriptors; 0 if unknown.
    var descriptors = 0
    /// The resident memory in bytes; 0 if unknown.
    var memory = 0
    /// The number of active timers of the clients' event loop.
    var timers = 0

    /// Measures the current resources.
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
