import Foundation
import Synchronization

/// Kills the server process if a signal ends this program.
enum Orphanage {
    private static let child = Atomic<Int32>(0)

    static func adopt(_ process: Int32) {
        child.store(process, ordering: .relaxed)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            signal(number) { number in
                let child = Orphanage.child.load(ordering: .relaxed)
                if child > 0 { kill(child, SIGKILL) }
                _exit(128 + number)
            }
        }
    }

    /// Unregisters the server after it has exited, because its process ID may be reused.
    static func forget() {
        child.store(0, ordering: .relaxed)
    }
}
