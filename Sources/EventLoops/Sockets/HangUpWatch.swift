import CUV

/// Detects peers that disconnect while reading from their sockets is paused.
///
/// libuv reports a disconnect only while it reads, so it would go unnoticed until the next write. A loop with paused
/// sockets therefore polls all of them with one system call per ``interval``. Confined to its loop. It costs nothing
/// while no socket is paused.
package struct HangUpWatch {
    /// The state of a connection.
    package enum State: Equatable {
        /// Both directions are open.
        case present
        /// The peer has sent FIN. There may be unread bytes before it.
        case halfClosed
        /// Both directions are closed, or the connection was reset.
        case gone
    }

    /// The time between two polls, and so the longest time for which a disconnected peer keeps its resources.
    static let interval = Duration.seconds(1)

    private(set) var sockets: [ObjectIdentifier: Socket] = [:]
    var timer: TimerToken?

    mutating func add(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = socket }

    mutating func remove(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = nil }

    /// Returns the states of the connections with these descriptors. Does not block.
    package static func look(at descriptors: [Int32]) -> [State] {
        let halfClosed = Int16(CUV_POLL_PEER_ENDED)
        var entries = descriptors.map { pollfd(fd: $0, events: halfClosed, revents: 0) }
        guard poll(&entries, nfds_t(entries.count), 0) > 0 else { return descriptors.map { _ in .present } }
        return entries.map { entry in
            if entry.revents & Int16(POLLERR | POLLNVAL | POLLHUP) != 0 { return .gone }
            return entry.revents & halfClosed != 0 ? .halfClosed : .present
        }
    }
}

extension EventLoop {
    /// Starts watching a socket, when reading from it is paused.
    func watchForHangUp(_ socket: Socket) {
        hangUps.add(socket)
        guard hangUps.timer == nil else { return }
        hangUps.timer = schedule(after: HangUpWatch.interval) { [unowned self] in lookForHangUps() }
    }

    private func lookForHangUps() {
        hangUps.timer = nil
        let sockets = Array(hangUps.sockets.values)
        for (socket, state) in zip(sockets, HangUpWatch.look(at: sockets.map(\.descriptor))) {
            switch state {
            case .present: watchForHangUp(socket)
            case .halfClosed:
                hangUps.remove(socket)
                socket.delegate?.transportPeerDidEnd(socket)
            case .gone:
                hangUps.remove(socket)
                socket.close(error: SocketError(.connectionReset, .read))
            }
        }
    }
}
