extension RoomMember {
    init(_ connection: Connection, isYou: Bool = false) {
        self.init(id: connection.id, user: connection.userID, metadata: connection.metadata.all, isYou: isYou)
    }
}
