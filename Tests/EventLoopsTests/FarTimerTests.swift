import EventLoops
import OwnProcesses
import Testing

@Suite("A timer that is far away", .timeLimit(.minutes(5)))
struct FarTimerTests {
    /// In processes of their own, since an overflow ends them.
    @Test("neither ends the process nor fires at once")
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
                    // Timers that were set for now are due in the same turn as this one, and fire before it.
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
