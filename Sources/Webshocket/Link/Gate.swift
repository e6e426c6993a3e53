import EventLoops

/// A door that opens once: who waits goes through when it opens, who comes later at once.
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

    /// Opens the gate; harmless when it is open.
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
