import EventLoops

extension ServerConnection {
    /// Reports a change of membership in a room to the handler, and to the room's members if its rule announces
    /// members.
    ///
    /// It compares the roster's current state with the last announced one, so the order of changes on different threads
    /// does not matter.
    /// - Parameter isPeer: Whether the peer requested the change. If not, the peer is notified too.
    func tellOfMembership(in name: String, isPeer: Bool) {
        guard let connection, let seat else { return }
        let room = hub.room(name)
        if room.contains(connection) {
            guard seat.announcedRooms.insert(ExactText(name)).inserted else { return }
            announce(RoomEvent.joined, room, excluding: isPeer ? [connection] : [])
            tellHandler(.joined(room))
        } else if seat.announcedRooms.remove(ExactText(name)) != nil {
            announce(RoomEvent.left, room, excluding: [])
            if !isPeer { announceOwnLeave(room) }
            tellHandler(.left(room))
        }
    }

    private func tellHandler(_ event: MembershipNotifier.Event) {
        guard let connection, let handler else { return }
        let notifier = membershipTeller ?? MembershipNotifier()
        membershipTeller = notifier
        guard notifier.add(event) else {
            if notifier.isFull { link.pause(.memberships) }
            return
        }
        let here = LoopBound((notifier: notifier, core: self), loop: serverLoop.loop)
        tasks.start(on: serverLoop.loop, as: service.label) { _ in
            await here.value.notifier.tell(handler, connection)
            here.value.core.resume(.memberships)
        }
    }

    func announce(_ event: String, _ room: Room, excluding excluded: [Connection]) {
        guard let message = announcement(event, room) else { return }
        room.hub.send(room.hub.publication([message], where: nil, excluding: excluded))
    }

    /// Notifies the connection itself, which is no longer a member and does not receive the room's messages.
    private func announceOwnLeave(_ room: Room) {
        guard let message = announcement(RoomEvent.left, room)?[form] else { return }
        message.withPayload { push(message.kind, Array($0)) }
    }

    /// The packet of a join or leave event; nil if the room's rule does not announce members.
    private func announcement(_ event: String, _ room: Room) -> PublishedMessage? {
        guard let connection, hub.rules.rule(forChannel: room.name)?.announcesMembers == true else { return nil }
        do {
            return try hub.message(RoomMember(connection), .channel, event, channel: room.name)
        } catch {
            log(.error, .announcement, "cannot announce a member of room '\(room.name)': \(error)")
            return nil
        }
    }

    private var handler: (any WebSocketHandler)? {
        switch service {
        case .packets(let service): service.handler
        case .messages: nil
        }
    }
}
