import EventLoops

extension ServerConnection {
    /// Adds the connection to its hub, before the first call of its handler.
    /// - Parameter isAdmitted: Whether the connection has session attributes already.
    func enterHub(isAdmitted: Bool = false) {
        guard let connection else { return }
        let seat = Seat(id: connection.id, form: form, recipient: self)
        seat.receivesBroadcasts = false
        self.seat = seat
        hub.directory.add(connection, seat)
        if isAdmitted { hub.userMayHaveChanged(of: connection) }
    }

    /// Removes the connection from its hub when it ends. Members of its rooms are notified if the rooms' rules announce
    /// members.
    /// - Returns: The rooms that the handler has been told the connection joined.
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
