import EventLoops

/// A one-shot latch. Opening it resumes all waiting tasks, and later calls of ``wait()`` return immediately.
package final class Gate: Sendable {
    private enum State {
        case closed(waiting: [CheckedContinuation<Void, Never>])
        case open
    }

    private let state = Locked(State.closed(waiting: []))

    package init() {}

    package var isOpen: Bool {
        switch state.withLock({ $0 }) {
        case .closed: false
        case .open: true
        }
    }

    /// Opens the gate; a no-op if it is already open.
    package func open() {
        let waiting = state.withLock { state in
            defer { state = .open }
            switch state {
            case .closed(let waiting): return waiting
            case .open: return []
            }
        }
        for continuation in waiting { continuation.resume() }
    }

    package func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                switch state {
                case .open: return true
                case .closed(let waiting):
                    state = .closed(waiting: waiting + [continuation])
                    return false
                }
            }
            if isOpen { continuation.resume() }
        }
    }
}
