import CUV

/// Notices peers that go away while their sockets are not read from: nothing else would tell before the next write.
///
/// libuv reports an end only to who reads, so a loop with paused sockets asks the system about all of them in one call,
/// now and then. Confined to its loop; costs nothing while no socket is paused.
package struct HangUpWatch {
    /// What the system says of a socket.
    package enum State: Equatable {
        case present
        /// The peer has sent FIN; there may be bytes before it.
        case halfClosed
        /// Both directions are closed, or the connection was reset.
        case gone
    }

    /// Between two looks: a peer's death costs what it holds for this long.
    static let interval = Duration.seconds(1)

    private(set) var sockets: [ObjectIdentifier: Socket] = [:]
    var timer: TimerToken?

    mutating func add(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = socket }

    mutating func remove(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = nil }

    /// Asks the system about descriptors, without waiting.
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
    /// Called when a socket stops being read from.
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
                socket.delegate?.socketPeerDidEnd(socket)
            case .gone:
                hangUps.remove(socket)
                socket.close(error: SocketError(.connectionReset, .read))
            }
        }
    }
}
