import Foundation
import Synchronization

/// The server that goes when this program is ended by a signal.
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

    /// It has ended: its number may soon be another's.
    static func forget() {
        child.store(0, ordering: .relaxed)
    }
}
