import EventLoops
import OwnProcesses
import Testing

@Suite("A timer with a very long delay", .timeLimit(.minutes(5)))
struct FarTimerTests {
    /// This is an exit test, because an overflow would terminate the process.
    @Test("neither terminates the process nor fires immediately")
    func far() async {
        await #expect(processExitsWith: .success) {
            OwnProcess.end()
            let group = EventLoopGroup(loops: 1, name: "far")
            let fired = await withCheckedContinuation { continuation in
                let loop = group.loops[0]
                loop.execute {
                    let fired = Fired()
                    for delay in [
                        Duration(secondsComponent: .max, attosecondsComponent: 0), .seconds(Int64.max) * 18,
                        .max, .seconds(25 * 86_400), .milliseconds(Int64(Int32.max) + 1),
                    ] {
                        loop.schedule(after: delay) { fired.count += 1 }
                    }
                    // If one of them overflowed to an earlier time, it would fire before this timer.
                    loop.schedule(after: .milliseconds(1)) { continuation.resume(returning: fired.count) }
                }
            }
            precondition(fired == 0)
        }
    }

    final class Fired {
        var count = 0
    }
}

extension Duration {
    fileprivate static let max = Duration(attoseconds: .max)
}
