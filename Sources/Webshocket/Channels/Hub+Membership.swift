extension Hub {
    /// - Parameter isPeer: whether the peer asks for it, and not the handler's code: then a rule has to name the
    ///   channel.
    func subscribe(_ connection: Connection, to names: [String], isPeer: Bool = false) throws(RPCError) {
        let cap = settings.subscriptions
        let names = names.distinctNames
        // Before each is parsed and its rule is evaluated.
        guard cap == 0 || names.count <= cap else { throw .tooManySubscriptions(cap) }
        var selectors: [ChannelSelector] = []
        for name in names {
            let selector = try selector(name)
            let rule = rules.rule(for: selector)
            // Those whose members know of each other are joined.
            if isPeer, rule?.announcesMembers ?? true { throw .noAccess(to: name) }
            try admit(connection, to: selector, rule)
            selectors.append(selector)
        }
        try directory.subscribe(connection, to: selectors, cap: cap)
        noteInterest(in: names)
    }

    /// - Parameter names: what it is not subscribed to is left out.
    func unsubscribe(_ connection: Connection, from names: some Sequence<String>) {
        let selectors = names.distinctNames.compactMap { try? selector($0) }
        let gone = directory.unsubscribe(connection, from: selectors)
        noteInterest(in: gone.map(\.text))
    }

    /// - Returns: whether it has just come.
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

    /// - Parameter isPeer: whether the peer asks for it, which then knows.
    /// - Returns: whether it was there.
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

    /// The rule for a channel of which a peer asks something.
    /// - Throws: ``RPCErrorCode/accessDenied`` where there is none, or the peer is not let in;
    ///   ``RPCErrorCode/invalidParameters`` for a name that is none.
    func rule(forPeer connection: Connection, _ channel: String) throws(RPCError) -> RegisteredRule {
        try check(name: channel)
        guard let rule = rules.rule(forChannel: channel) else { throw .noAccess(to: channel) }
        try admit(connection, to: .channel(channel), rule)
        return rule
    }

    /// - Parameter rule: the rule for what it asks for, if there is one.
    private func admit(
        _ connection: Connection, to selector: ChannelSelector, _ rule: RegisteredRule?
    ) throws(RPCError) {
        guard let rule else { return }
        // What a pattern will bring is not known yet: it is asked of each message.
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
        RPCError("a connection may have \(cap) subscriptions and rooms", code: .overloaded)
    }
}
