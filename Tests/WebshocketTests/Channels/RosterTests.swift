import Testing
import Webshocket

/// Members are represented by their ids as texts.
@Suite("Roster")
struct RosterTests {
    private func roster(of ids: UInt64...) -> Roster<String> {
        var roster = Roster<String>()
        for id in ids { roster.add(id, "#\(id)") }
        return roster
    }

    private func refusal(_ body: () throws -> Void) -> RPCErrorCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }

    // MARK: - Subscriptions

    @Test("counts repeated subscriptions once")
    func subscribesOnce() throws {
        var roster = roster(of: 1, 2)
        try roster.subscribe(1, to: ["news", "news", "a.*"], cap: 0)
        try roster.subscribe(1, to: ["news"], cap: 0)
        try roster.subscribe(2, to: ["news"], cap: 0)
        #expect(roster.subscribersByName == ["news": 2, "a.*": 1])
        #expect(roster.channelCount == 2)
        #expect(Set(roster.subscriptions(of: 1)) == ["news", "a.*"])
        let isGone = roster.unsubscribe(1, from: "news")
        let isGoneAgain = roster.unsubscribe(1, from: "news")
        #expect(isGone && !isGoneAgain)
        #expect(roster.subscriberCount(of: "news") == 1)
        roster.unsubscribe(2, from: "news")
        #expect(roster.subscribersByName == ["a.*": 1])
        #expect(roster.channelCount == 1)
    }

    @Test("subscribes to all names, or to none if they exceed the limit")
    func allOrNone() throws {
        var roster = roster(of: 1)
        try roster.subscribe(1, to: ["a", "b"], cap: 3)
        let refused = refusal { try roster.subscribe(1, to: ["c", "d"], cap: 3) }
        #expect(refused == .overloaded)
        #expect(Set(roster.subscriptions(of: 1)) == ["a", "b"])
        #expect(roster.subscribersByName == ["a": 1, "b": 1])
        #expect(roster.channelCount == 2)
    }

    @Test("counts only new subscriptions and rooms towards the limit")
    func capAtTheEdge() throws {
        var roster = roster(of: 1)
        try roster.subscribe(1, to: ["a"], cap: 3)
        _ = try roster.join(1, "lobby", cap: 3)
        try roster.subscribe(1, to: ["a", "b", "b"], cap: 3)
        var refused = refusal { try roster.subscribe(1, to: ["c"], cap: 3) }
        #expect(refused == .overloaded)
        refused = refusal { _ = try roster.join(1, "cellar", cap: 3) }
        #expect(refused == .overloaded)
        #expect(roster.memberCount(of: "cellar") == 0)
        // Existing names do not count, even if the limit is reached or was lowered below their number.
        try roster.subscribe(1, to: ["a", "b"], cap: 1)
        let isNew = try roster.join(1, "lobby", cap: 1)
        #expect(!isNew)
        roster.leave(1, "lobby")
        try roster.subscribe(1, to: ["c"], cap: 3)
        #expect(Set(roster.subscriptions(of: 1)) == ["a", "b", "c"])
    }

    @Test("has no limit if the limit is 0")
    func noCap() throws {
        var roster = roster(of: 1)
        try roster.subscribe(1, to: (0..<1_000).map { "channel.\($0)" }, cap: 0)
        let isNew = try roster.join(1, "lobby", cap: 0)
        #expect(isNew)
        #expect(roster.channelCount == 1_000)
    }

    // MARK: - Rooms

    @Test("keeps a room and its metadata from the first member to the last")
    func roomsComeAndGo() throws {
        var roster = roster(of: 1, 2)
        roster.setMetadata(ofRoom: "lobby", "topic", "an empty room")
        #expect(roster.metadata(ofRoom: "lobby").isEmpty)
        let joins = try [roster.join(1, "lobby", cap: 0), roster.join(1, "lobby", cap: 0)]
        #expect(joins == [true, false])
        #expect(roster.roomCount == 1)
        _ = try roster.join(2, "lobby", cap: 0)
        roster.setMetadata(ofRoom: "lobby", "topic", "tea")
        roster.setMetadata(ofRoom: "lobby", "colour", "green")
        roster.setMetadata(ofRoom: "lobby", "colour", nil)
        #expect(roster.metadata(ofRoom: "lobby") == ["topic": "tea"])
        let leaves = [roster.leave(1, "lobby"), roster.leave(1, "lobby")]
        #expect(leaves == [true, false])
        #expect(roster.metadata(ofRoom: "lobby") == ["topic": "tea"])
        roster.leave(2, "lobby")
        #expect(roster.roomCount == 0)
        #expect(roster.roomsByName.isEmpty)
        _ = try roster.join(1, "lobby", cap: 0)
        #expect(roster.metadata(ofRoom: "lobby").isEmpty)
    }

    @Test("removes a room's metadata with its last member, even if the channel still has subscribers")
    func metadataGoesWithTheMembers() throws {
        var roster = roster(of: 1, 2)
        try roster.subscribe(2, to: ["lobby"], cap: 0)
        _ = try roster.join(1, "lobby", cap: 0)
        roster.setMetadata(ofRoom: "lobby", "topic", "tea")
        let counters = roster.counters(of: "lobby")
        roster.leave(1, "lobby")
        #expect(roster.metadata(ofRoom: "lobby").isEmpty)
        #expect(roster.counters(of: "lobby") === counters)
        roster.setMetadata(ofRoom: "lobby", "topic", "an empty room")
        #expect(roster.metadata(ofRoom: "lobby").isEmpty)
    }

    @Test("lists members in the order of their joins; a member that rejoins is last")
    func orderOfMembers() throws {
        var roster = roster(of: 1, 2, 3)
        for id: UInt64 in [3, 1, 2] { _ = try roster.join(id, "lobby", cap: 0) }
        #expect(roster.arrivals(in: "lobby").inOrder == ["#3", "#1", "#2"])
        _ = try roster.join(3, "lobby", cap: 0)
        #expect(roster.arrivals(in: "lobby").inOrder == ["#3", "#1", "#2"])
        roster.leave(3, "lobby")
        _ = try roster.join(3, "lobby", cap: 0)
        #expect(roster.arrivals(in: "lobby").inOrder == ["#1", "#2", "#3"])
        #expect(roster.memberCount(of: "lobby") == 3)
        #expect(roster.isMember(3, of: "lobby") && !roster.isMember(3, of: "cellar"))
        #expect(roster.arrivals.inOrder == ["#1", "#2", "#3"])
    }

    @Test("counts rooms and channels separately, even if a name is both")
    func roomsAndChannels() throws {
        var roster = roster(of: 1, 2)
        try roster.subscribe(1, to: ["lobby"], cap: 0)
        _ = try roster.join(1, "lobby", cap: 0)
        _ = try roster.join(2, "cellar", cap: 0)
        #expect(roster.channelCount == 1)
        #expect(roster.roomCount == 2)
        #expect(roster.subscribersByName == ["lobby": 1])
        #expect(roster.roomsByName == ["lobby": 1, "cellar": 1])
        #expect(Set(roster.rooms(of: 1)) == ["lobby"])
        roster.unsubscribe(1, from: "lobby")
        #expect(roster.channelCount == 0)
        #expect(Set(roster.rooms(of: 1)) == ["lobby"])
    }

    // MARK: - Users

    @Test("finds the connections of a user, after the user has changed too")
    func users() {
        var roster = roster(of: 1, 2, 3)
        roster.setUser(of: 3, "ann")
        roster.setUser(of: 1, "ann")
        roster.setUser(of: 1, "ann")
        roster.setUser(of: 2, "ben")
        #expect(roster.usersByName == ["ann": 2, "ben": 1])
        #expect(roster.arrivals(ofUser: "ann").inOrder == ["#1", "#3"])
        roster.setUser(of: 3, "ben")
        #expect(roster.arrivals(ofUser: "ann").inOrder == ["#1"])
        #expect(roster.arrivals(ofUser: "ben").inOrder == ["#2", "#3"])
        #expect(roster.user(of: 3) == "ben")
        roster.setUser(of: 1, nil)
        #expect(roster.usersByName == ["ben": 2])
        #expect(roster.userCount == 1)
        #expect(roster.arrivals(ofUser: "ann").inOrder.isEmpty)
    }

    // MARK: - Counters

    @Test("has counters for subscribers and members of a name, and new counters after the last has left")
    func counters() throws {
        var roster = roster(of: 1, 2)
        #expect(roster.counters(of: "lobby") == nil)
        try roster.subscribe(1, to: ["lobby"], cap: 0)
        let counters = try #require(roster.counters(of: "lobby"))
        #expect(roster.counters(of: "lobby", for: 1) === counters)
        #expect(roster.counters(of: "lobby", for: 2) == nil)
        #expect(roster.counters(of: "lobby", for: 3) == nil)
        _ = try roster.join(2, "lobby", cap: 0)
        #expect(roster.counters(of: "lobby", for: 2) === counters)
        _ = try roster.join(1, "lobby", cap: 0)
        roster.unsubscribe(1, from: "lobby")
        #expect(roster.counters(of: "lobby", for: 1) === counters)
        roster.leave(1, "lobby")
        #expect(roster.counters(of: "lobby", for: 1) == nil)
        roster.leave(2, "lobby")
        #expect(roster.counters(of: "lobby") == nil)
        try roster.subscribe(1, to: ["lobby"], cap: 0)
        #expect(roster.counters(of: "lobby") !== counters)
    }

    // MARK: - Removal

    @Test("keeps nothing of a removed connection, and returns its subscriptions and rooms")
    func removal() throws {
        var roster = roster(of: 1, 2)
        #expect(!roster.isEmpty)
        roster.setUser(of: 1, "ann")
        try roster.subscribe(1, to: ["a", "b.*", "lobby"], cap: 0)
        for room in ["lobby", "cellar"] { _ = try roster.join(1, room, cap: 0) }
        _ = try roster.join(2, "lobby", cap: 0)
        let left = roster.remove(1)
        #expect(Set(left.subscriptions) == ["a", "b.*", "lobby"])
        #expect(Set(left.rooms) == ["cellar", "lobby"])
        #expect(roster.connectionCount == 1)
        #expect(roster.member(1) == nil && roster.member(2) == "#2")
        #expect(roster.channelCount == 0 && roster.userCount == 0)
        #expect(roster.roomsByName == ["lobby": 1])
        _ = roster.remove(2)
        #expect(roster.isEmpty)
    }

    @Test("ignores ids that are removed or unknown")
    func goneIDs() throws {
        var roster = roster(of: 1)
        _ = roster.remove(1)
        for id: UInt64 in [1, 7] {
            try roster.subscribe(id, to: ["a"], cap: 0)
            let isNew = try roster.join(id, "lobby", cap: 0)
            let wasThere = [roster.unsubscribe(id, from: "a"), roster.leave(id, "lobby")]
            roster.setUser(of: id, "ann")
            let left = roster.remove(id)
            #expect(!isNew && wasThere == [false, false] && left.subscriptions.isEmpty && left.rooms.isEmpty)
            #expect(roster.subscriptions(of: id).isEmpty && roster.rooms(of: id).isEmpty)
            #expect(roster.user(of: id) == nil)
        }
        #expect(roster.isEmpty)
    }
}
