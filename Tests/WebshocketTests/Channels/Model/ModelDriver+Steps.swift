import Webshocket

extension ModelDriver {
    /// - Returns: False if the loops must first process the changes so far.
    mutating func step(at place: Int?) -> Bool {
        if let place, random.next(upTo: 100) < 12 {
            if random.next(upTo: 2) == 0 { connect(on: place) } else { disconnectOne(at: place) }
            return true
        }
        guard !members.isEmpty else {
            publish()
            return true
        }
        let member = members[random.next(upTo: members.count)]
        let isShared = !sharedSelectors.isEmpty && random.next(upTo: 4) == 0
        switch random.next(upTo: 100) {
        case ..<20: return subscribe(member, to: some(of: isShared ? sharedSelectors : selectors, atMost: 3), at: place)
        case ..<32:
            return unsubscribe(member, from: some(of: isShared ? sharedSelectors : selectors, atMost: 4), at: place)
        case ..<35: return unsubscribe(member, from: model.person(member.id)?.subscriptions ?? [], at: place)
        case ..<52: return join(member, aRoom(isShared), at: place)
        case ..<66: return leave(member, aRoom(isShared), at: place)
        case ..<70: setUser(member)
        default: if isShared { publishShared() } else { publish() }
        }
        return true
    }

    private mutating func connect(on place: Int) {
        guard members.count < Self.mostMembers else { return }
        lastID += 1
        let member = ModelMember(UInt64(number) << 40 | lastID, on: loops[place], driver: number)
        members.append(member)
        member.enter(directory)
        model.connect(member.id, on: place)
        close(member)
    }

    private mutating func disconnectOne(at place: Int) {
        let here = members.filter { $0.loop === loops[place] }
        if !here.isEmpty { disconnect(here[random.next(upTo: here.count)]) }
    }

    mutating func disconnect(_ member: ModelMember) {
        compareLetters(of: member)
        let left = member.leave(directory)
        members.removeAll { $0 === member }
        let person = model.disconnect(member.id)
        if left.rooms != person?.rooms || left.subscriptions != person.map({ Set($0.subscriptions.map(\.text)) }) {
            complain("\(member.id) left \(left)")
        }
        if member.box.formerSeat != nil { complain("\(member.id) has gone and its seat has not") }
    }

    private mutating func subscribe(_ member: ModelMember, to selectors: [ChannelSelector], at place: Int?) -> Bool {
        let person = model.person(member.id)
        guard !isHasty(member, selectors.filter { person?.isThere($0.text) != true }, at: place) else { return false }
        open(member, selectors, at: place)
        let isAllowed = model.subscribe(member.id, to: selectors, cap: Self.cap)
        var wasAllowed = true
        do {
            try directory.subscribe(member, to: selectors, cap: Self.cap)
        } catch {
            wasAllowed = false
        }
        if isAllowed != wasAllowed { complain("\(member.id) was allowed to subscribe: \(wasAllowed)") }
        note(member, selectors, at: place)
        return true
    }

    private mutating func unsubscribe(
        _ member: ModelMember, from selectors: [ChannelSelector], at place: Int?
    ) -> Bool {
        let person = model.person(member.id)
        let ending = selectors.filter {
            person?.isSubscribed(to: $0.text) == true && person?.rooms.contains($0.text) == false
        }
        guard !isHasty(member, ending, at: place) else { return false }
        directory.unsubscribe(member, from: selectors)
        model.unsubscribe(member.id, from: selectors)
        note(member, selectors, at: place)
        return true
    }

    private mutating func join(_ member: ModelMember, _ room: ChannelSelector, at place: Int?) -> Bool {
        let isThere = model.person(member.id)?.isThere(room.text) == true
        guard isThere || !isHasty(member, [room], at: place) else { return false }
        open(member, [room], at: place)
        let expected = model.join(member.id, room.text, cap: Self.cap)
        let isNew = try? directory.join(member, room.text, cap: Self.cap)
        if isNew != expected { complain("\(member.id) joined \(room.text): \(isNew.map(String.init) ?? "refused")") }
        note(member, [room], at: place)
        return true
    }

    private mutating func leave(_ member: ModelMember, _ room: ChannelSelector, at place: Int?) -> Bool {
        let person = model.person(member.id)
        let isEnding = person?.rooms.contains(room.text) == true && person?.isSubscribed(to: room.text) == false
        guard !isEnding || !isHasty(member, [room], at: place) else { return false }
        let wasThere = directory.leave(member, room.text)
        if wasThere != model.leave(member.id, room.text) { complain("\(member.id) left \(room.text): \(wasThere)") }
        note(member, [room], at: place)
        return true
    }

    private mutating func setUser(_ member: ModelMember) {
        let user = random.next(upTo: 3) == 0 ? nil : "user\(number).\(random.next(upTo: 4))"
        directory.roster.withLock { $0.setUser(of: member.id, user) }
        model.setUser(of: member.id, user)
    }
}

// MARK: - Pending changes on loops

extension ModelDriver {
    /// Whether the change would reverse or repeat a change that the member's loop has not processed yet. The loop would
    /// apply both together, so the delivery of publications in between is undefined.
    private mutating func isHasty(_ member: ModelMember, _ changing: [ChannelSelector], at place: Int?) -> Bool {
        guard let home = loops.firstIndex(where: { $0 === member.loop }), home != place else { return false }
        return changing.contains {
            !sharedSelectors.contains($0) && unsettled[home].contains(Change(id: member.id, name: $0.text))
        }
    }

    private mutating func note(_ member: ModelMember, _ selectors: [ChannelSelector], at place: Int?) {
        guard let home = loops.firstIndex(where: { $0 === member.loop }) else { return }
        guard home != place else { return close(member) }
        for selector in selectors { unsettled[home].insert(Change(id: member.id, name: selector.text)) }
    }

    /// Closes the shared channels that the member is not in. From now on, a letter from them is an error. Called on the
    /// member's loop, which has processed all changes.
    func close(_ member: ModelMember) {
        let person = model.person(member.id)
        member.box.closed = Set(sharedSelectors.map(\.text).filter { person?.isThere($0) != true })
    }

    /// Allows letters from these channels, from when the member's loop processes the change.
    private func open(_ member: ModelMember, _ selectors: [ChannelSelector], at place: Int?) {
        guard !sharedSelectors.isEmpty else { return }
        let names = selectors.map(\.text)
        if let place, member.loop === loops[place] {
            member.box.closed.subtract(names)
        } else {
            member.loop.execute { member.box.closed.subtract(names) }
        }
    }
}
