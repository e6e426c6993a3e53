import Testing
import Webshocket

/// An index without a loop, which it does not need while only one thread uses it.
@Suite("Channel index")
struct ChannelIndexTests {
    /// A member of the index.
    private final class Member {
        let recipient = FakeRecipient()
        let seat: Seat
        private let index: ChannelIndex

        init(_ id: UInt64, in index: ChannelIndex, form: WireForm = .json, _ names: String...) {
            self.index = index
            seat = Seat(id: id, form: form, recipient: recipient)
            index.add(seat)
            for name in names { subscribe(name) }
        }

        func subscribe(_ name: String, _ counters: ChannelCounters = ChannelCounters()) {
            index.update(seat, ChannelSelector(known: name), counters)
        }

        func unsubscribe(_ name: String) { index.update(seat, ChannelSelector(known: name), nil) }

        func leave() { index.remove(seat) }

        var received: [String] { recipient.received }
    }

    private let index = ChannelIndex(syntax: .segments)

    // MARK: - Recipients

    @Test("delivers to the subscribers of a name, and messages without a name to all")
    func names() {
        let (ann, ben) = (Member(1, in: index, "news"), Member(2, in: index, "music", "news"))
        index.deliver(Publication("rain", to: "news"))
        index.deliver(Publication("drums", to: "music"))
        index.deliver(Publication("silence", to: "nobody's"))
        index.deliver(Publication("good night"))
        #expect(ann.received == ["news: rain", "good night"])
        #expect(ben.received == ["news: rain", "music: drums", "good night"])
    }

    @Test("delivers a publication once to each subscriber, as the message of the first matching channel")
    func once() {
        let ann = Member(1, in: index, "a.1", "a.2", "a.*")
        let ben = Member(2, in: index, "a.2", "a.*")
        let cleo = Member(3, in: index, "a.2")
        index.deliver(Publication("both", to: "a.1", "a.2"))
        index.deliver(Publication("again", to: "a.2", "a.1"))
        #expect(ann.received == ["a.1: both", "a.2: again"])
        #expect(ben.received == ["a.1: both", "a.2: again"])
        #expect(cleo.received == ["a.2: both", "a.2: again"])
    }

    @Test("delivers to the subscribers of matching patterns only")
    func patterns() {
        let ann = Member(1, in: index, "a.*")
        index.deliver(Publication("in", to: "a.1"))
        index.deliver(Publication("out", to: "b.1"))
        ann.unsubscribe("a.*")
        index.deliver(Publication("late", to: "a.1"))
        #expect(ann.received == ["a.1: in"])
    }

    @Test("skips excluded connections, also for messages to all")
    func exclusion() {
        let (ann, ben) = (Member(1, in: index, "news", "*"), Member(2, in: index, "news"))
        index.deliver(Publication("rain", to: "news", excluding: 1))
        index.deliver(Publication("sun", to: "news", excluding: 2, 7))
        index.deliver(Publication("good night", excluding: 1, 2))
        #expect(ann.received == ["news: sun"])
        #expect(ben.received == ["news: rain"])
    }

    @Test("delivers only if both the publisher's predicate and the rule's requirement hold")
    func predicates() {
        let members = (1...4).map { Member($0, in: index, "news") }
        members[1].recipient.attributes = ["isPaying": true]
        members[2].recipient.attributes = ["team": "red"]
        members[3].recipient.attributes = ["isPaying": true, "team": "red"]
        index.deliver(Publication(PublishedMessage("news", "for the paying", requirement: Is("isPaying"))))
        index.deliver(Publication(PublishedMessage("news", "for the red"), where: IsEqual("team", "red")))
        index.deliver(
            Publication(
                PublishedMessage("news", "for both", requirement: Is("isPaying")), where: IsEqual("team", "red")))
        index.deliver(Publication("good night", where: Has("team")))
        #expect(
            members.map(\.received) == [
                [], ["news: for the paying"], ["news: for the red", "good night"],
                ["news: for the paying", "news: for the red", "news: for both", "good night"],
            ])
    }

    @Test("delivers the message of the second channel to a subscriber that may not receive that of the first")
    func secondChannel() {
        let ann = Member(1, in: index, "secret", "news")
        index.deliver(
            Publication(PublishedMessage("secret", "s", requirement: Is("isAdmin")), PublishedMessage("news", "n")))
        #expect(ann.received == ["news: n"])
    }

    @Test("delivers each subscriber's form, and nothing if the message lacks it")
    func forms() {
        let members = [WireForm.messagePack, .json, .values].enumerated().map { number, form in
            Member(UInt64(number), in: index, form: form, "news")
        }
        let report = delivered(Publication(PublishedMessage("news")))
        #expect(members.map(\.received) == [["news: messagePack"], ["news: json"], ["news: values"]])
        #expect(report.delivered == 3)
        let second = delivered(Publication(PublishedMessage("news", forms: [.json])))
        #expect(members.map(\.received.count) == [1, 2, 1])
        #expect(second.delivered == 1)
    }

    // MARK: - Adding and removing

    @Test("keeps nothing of a removed seat, and ignores later updates of it")
    func removal() {
        let (ann, ben) = (Member(1, in: index, "news", "a.*"), Member(2, in: index, "news"))
        ann.leave()
        ann.leave()
        ann.subscribe("news")
        ann.unsubscribe("news")
        index.deliver(Publication("rain", to: "news"))
        index.deliver(Publication("good night"))
        #expect(ann.received.isEmpty)
        #expect(ben.received == ["news: rain", "good night"])
        #expect(!index.isEmpty)
        ben.unsubscribe("news")
        ben.leave()
        #expect(index.isEmpty)
    }

    @Test("releases a removed seat")
    func noCycle() {
        weak var seat: Seat?
        do {
            let ann = Member(1, in: index, "news", "a.*")
            seat = ann.seat
            ann.leave()
        }
        #expect(seat == nil)
    }

    @Test("delivers to all seats, regardless of the order of removal", arguments: 0..<5)
    func orderOfLeaving(first: Int) {
        let members = (0..<5).map { Member(UInt64($0), in: index, "news", "music") }
        var here = Set(0..<5)
        for step in 0..<5 {
            let leaver = (first + step * 2) % 5
            members[leaver].unsubscribe("news")
            here.remove(leaver)
            let report = delivered(Publication("\(step)", to: "news"))
            #expect(report.delivered == here.count)
            #expect(members.indices.filter { members[$0].received.last == "news: \(step)" } == here.sorted())
        }
        #expect(delivered(Publication("all", to: "music")).delivered == 5)
    }

    // MARK: - Counters

    @Test("reports and counts the results of a publication")
    func counting() {
        let counters = ChannelCounters()
        let members = (1...6).map { Member($0, in: index) }
        for member in members { member.subscribe("news", counters) }
        members[1].recipient.outcome = .queued(replaced: false, dropped: 0)
        members[2].recipient.outcome = .queued(replaced: true, dropped: 2)
        members[3].recipient.outcome = .dropped
        members[4].recipient.outcome = .mustWait(atMost: .seconds(1))
        members[5].recipient.outcome = .closed
        let report = delivered(Publication("rain", to: "news"))
        #expect(report.delivered == 4)
        #expect(report.dropped == 4)
        #expect(report.waiting.map { ObjectIdentifier($0.recipient) } == [ObjectIdentifier(members[4].recipient)])
        #expect(counters.counts == (published: 1, delivered: 4, dropped: 4))
    }

    @Test("counts a message as published once, on the first loop that delivers it")
    func publishedOnce() {
        let other = ChannelIndex(syntax: .segments)
        let counters = ChannelCounters()
        Member(1, in: index).subscribe("news", counters)
        Member(2, in: other).subscribe("news", counters)
        for publication in [Publication("rain", to: "news"), Publication("sun", to: "news", excluding: 1, 2)] {
            index.deliver(publication)
            other.deliver(publication)
        }
        #expect(counters.counts == (published: 2, delivered: 2, dropped: 0))
    }

    @Test("uses the latest counters of a name")
    func newCounters() {
        let (former, current) = (ChannelCounters(), ChannelCounters())
        let (ann, ben) = (Member(1, in: index), Member(2, in: index))
        ann.subscribe("news", former)
        ben.subscribe("news", current)
        index.deliver(Publication("rain", to: "news"))
        #expect(former.counts == (published: 0, delivered: 0, dropped: 0))
        #expect(current.counts == (published: 1, delivered: 2, dropped: 0))
        // A seat that is in the list already also updates the counters.
        ann.subscribe("news", former)
        index.deliver(Publication("sun", to: "news"))
        #expect(former.counts == (published: 1, delivered: 2, dropped: 0))
    }

    // MARK: - Changes during a delivery

    @Test("delivers a publication made during a delivery after the current one")
    func publishingMeanwhile() {
        let (ann, ben) = (Member(1, in: index, "news"), Member(2, in: index, "news"))
        var isAsked = false
        var order: [String] = []
        ann.recipient.onQuestion = {
            guard !isAsked else { return }
            isAsked = true
            index.deliver(Publication("second", to: "news")) { order.append("second to \($0.delivered)") }
        }
        index.deliver(Publication("first", to: "news", where: AllOf())) { order.append("first to \($0.delivered)") }
        #expect(ann.received == ["news: first", "news: second"])
        #expect(ben.received == ["news: first", "news: second"])
        #expect(order == ["first to 2", "second to 2"])
    }

    @Test("continues a delivery when a recipient removes seats, and these receive nothing more")
    func leavingMeanwhile() {
        let members = (1...5).map { Member($0, in: index, "news", "*") }
        members[1].recipient.onQuestion = {
            members[0].leave()
            members[3].leave()
        }
        index.deliver(Publication("rain", to: "news", where: AllOf()))
        #expect(members.map(\.received.count) == [1, 1, 1, 0, 1])
        index.deliver(Publication("good night"))
        #expect(members.map(\.received.count) == [1, 2, 2, 0, 2])
    }

    @Test("delivers nothing to a seat that is unsubscribed during the delivery")
    func unsubscribingMeanwhile() {
        let members = (1...3).map { Member($0, in: index, "news") }
        members[0].recipient.onQuestion = { members[2].unsubscribe("news") }
        index.deliver(Publication("rain", to: "news", where: AllOf()))
        #expect(members.map(\.received.count) == [1, 1, 0])
    }

    @Test("allows subscribing to names and patterns during a delivery")
    func subscribingMeanwhile() {
        let (ann, ben) = (Member(1, in: index, "a.1", "a.*"), Member(2, in: index, "a.*"))
        let cleo = Member(3, in: index)
        ben.recipient.onQuestion = {
            for number in 0..<100 { cleo.subscribe("b.\(number).*") }
            cleo.subscribe("a.1")
            ben.unsubscribe("a.*")
        }
        index.deliver(Publication("first", to: "a.1", where: AllOf()))
        index.deliver(Publication("second", to: "a.1"))
        #expect(ann.received == ["a.1: first", "a.1: second"])
        #expect(ben.received.isEmpty)
        #expect(cleo.received == ["a.1: second"])
        for member in [ann, ben, cleo] { member.leave() }
        #expect(index.isEmpty)
    }

    private func delivered(_ publication: Publication) -> DeliveryReport {
        var result = DeliveryReport()
        index.deliver(publication) { result = $0 }
        return result
    }
}
