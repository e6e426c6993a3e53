extension Hub {
    /// - Parameter isPeer: Whether the peer made the request. If so, a rule must match each channel. The handler's own
    ///   code needs no rule.
    func subscribe(_ connection: Connection, to names: [String], isPeer: Bool = false) throws(RPCError) {
        let cap = settings.subscriptions
        let names = names.distinctNames
        // Check the count before the names are parsed and the rules evaluated.
        guard cap == 0 || names.count <= cap else { throw .tooManySubscriptions(cap) }
        var selectors: [ChannelSelector] = []
        for name in names {
            let selector = try selector(name)
            let rule = rules.rule(for: selector)
            // Peers cannot subscribe to a room that announces its members. They must join it.
            if isPeer, rule?.announcesMembers ?? true { throw .noAccess(to: name) }
            try admit(connection, to: selector, rule)
            selectors.append(selector)
        }
        try directory.subscribe(connection, to: selectors, cap: cap)
        noteInterest(in: names)
    }

    /// - Parameter names: The names to end. Names without a subscription are ignored.
    func unsubscribe(_ connection: Connection, from names: some Sequence<String>) {
        let selectors = names.distinctNames.compactMap { try? selector($0) }
        let gone = directory.unsubscribe(connection, from: selectors)
        noteInterest(in: gone.map(\.text))
    }

    /// - Returns: True if the connection joined, false if it was a member already.
    func join(_ connection: Connection, _ room: String, isPeer: Bool = false) throws(RPCError) -> Bool {
        try check(name: room)
        let rule = rules.rule(forChannel: room)
        guard rule != nil || !isPeer else { throw .noAccess(to: room) }
        try admit(connection, to: .channel(room), rule)
        guard try directory.join(connection, room, cap: settings.subscriptions) else { return false }
        noteInterest(in: [room])
        connection.perform { $0.tellOfMembership(in: room, isPeer: isPeer) }
        return true
    }

    /// - Parameter isPeer: Whether the peer made the request. If not, it is notified.
    /// - Returns: True if the connection left, false if it was not a member.
    @discardableResult
    func leave(_ connection: Connection, _ room: String, isPeer: Bool = false) -> Bool {
        guard directory.leave(connection, room) else { return false }
        noteInterest(in: [room])
        connection.perform { $0.tellOfMembership(in: room, isPeer: isPeer) }
        return true
    }

    func userMayHaveChanged(of connection: Connection) {
        directory.roster.withLock { $0.setUser(of: connection.id, connection.userID) }
    }

    /// The rule for a channel that a peer names in a request.
    /// - Throws: ``RPCErrorCode/accessDenied`` if no rule matches or the rule denies access;
    ///   ``RPCErrorCode/invalidParameters`` if the name is invalid.
    func rule(forPeer connection: Connection, _ channel: String) throws(RPCError) -> RegisteredRule {
        try check(name: channel)
        guard let rule = rules.rule(forChannel: channel) else { throw .noAccess(to: channel) }
        try admit(connection, to: .channel(channel), rule)
        return rule
    }

    /// - Parameter rule: The rule for the selector; nil admits every connection.
    private func admit(
        _ connection: Connection, to selector: ChannelSelector, _ rule: RegisteredRule?
    ) throws(RPCError) {
        guard let rule else { return }
        // The channels of a pattern are not known yet. The rule's closure is called for each message instead.
        let requirement =
            switch selector {
            case .channel(let name): rule.requirement(of: channel(name))
            case .pattern: rule.requirement
            }
        if let requirement, !connection.satisfies(requirement) { throw .noAccess(to: selector.text) }
    }

    func noteInterest(in names: some Sequence<String>) {
        guard let broker = settings.broker else { return }
        for name in names { broker.interestMayHaveChanged(in: name, of: self) }
    }
}

extension RPCError {
    static func noAccess(to channel: String) -> RPCError {
        RPCError("Access denied for channel '\(channel.shownToCallers)'.", code: .accessDenied)
    }

    static func tooManySubscriptions(_ cap: Int) -> RPCError {
        RPCError("too many subscriptions and rooms: at most \(cap) per connection", code: .overloaded)
    }
}
