import EventLoops

extension ServerConnection {
    /// Makes the connection known to its hub, before its handler hears of it.
    /// - Parameter isAdmitted: whether it has attributes already.
    func enterHub(isAdmitted: Bool = false) {
        guard let connection else { return }
        let seat = Seat(id: connection.id, form: form, recipient: self)
        seat.hearsBroadcasts = false
        self.seat = seat
        hub.directory.add(connection, seat)
        if isAdmitted { hub.userMayHaveChanged(of: connection) }
    }

    /// At the connection's end: nothing reaches it any more, and its rooms' members are told where their rules say so.
    /// - Returns: the rooms that its handler knows it was in.
    func leaveHub() -> [Room] {
        guard let connection, let seat = seat.take() else { return [] }
        let left = hub.directory.remove(connection, seat)
        hub.noteInterest(in: Set((left.subscriptions + left.rooms).map(ExactText.init)).map(\.text))
        let rooms = seat.announcedRooms.map(\.text).sortedByBytes.map { hub.room($0) }
        for room in rooms { announce(RoomEvent.left, room, excluding: []) }
        return rooms
    }
}

extension Connection: DirectoryMember {
    package var seat: Seat? { core.value.seat }
}

extension ServerConnection: Recipient {
    func satisfies(_ predicate: SessionCondition) -> Bool {
        connection?.satisfies(predicate) ?? false
    }
}
