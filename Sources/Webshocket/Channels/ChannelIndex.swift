/// Who on one loop is to get what: the loop's part of a hub.
///
/// Confined to the loop, so that a delivery takes no lock.
package final class ChannelIndex {
    private let everyone = SeatList(nil, nil)
    private var channels: [ExactText: SeatList] = [:]
    private var patterns: PatternIndex<SeatList>
    /// How many publications were delivered.
    private var deliveries: UInt64 = 0
    /// The number of messages of those publications.
    private var messages: UInt64 = 0
    private var isDelivering = false
    private var waiting = Queue<(Publication, ((DeliveryReport) -> Void)?)>()

    package init(syntax: PatternSyntax) {
        patterns = PatternIndex(syntax: syntax)
    }

    package var isEmpty: Bool { everyone.isEmpty && channels.isEmpty && patterns.isEmpty }
}

// MARK: - Places

extension ChannelIndex {
    package func add(_ seat: Seat) {
        seat.place = everyone.add(seat)
    }

    package func remove(_ seat: Seat) {
        for place in seat.places.values { remove(place) }
        seat.places = [:]
        if let place = seat.place.take() { everyone.remove(place) }
    }

    /// Makes a seat get what is published to a name, or not.
    /// - Parameter counters: nil for one that is not to get it.
    package func update(_ seat: Seat, _ selector: ChannelSelector, _ counters: ChannelCounters?) {
        // One that has left for good.
        guard seat.place != nil else { return }
        let name = ExactText(selector.text)
        if let counters {
            let list = list(of: selector, counters)
            list.counters = counters
            if seat.places[name] == nil { seat.places[name] = list.add(seat) }
        } else if let place = seat.places.removeValue(forKey: name) {
            remove(place)
        }
    }

    private func list(of selector: ChannelSelector, _ counters: ChannelCounters) -> SeatList {
        switch selector {
        case .channel(let name):
            let name = ExactText(name)
            if let list = channels[name] { return list }
            let list = SeatList(selector, counters)
            channels[name] = list
            return list
        case .pattern(let pattern):
            if let list = patterns[pattern] { return list }
            let list = SeatList(selector, counters)
            patterns[pattern] = list
            return list
        }
    }

    private func remove(_ place: SeatList.Place) {
        let list = place.list
        list.remove(place)
        guard list.isEmpty else { return }
        switch list.selector {
        case .channel(let name): channels[ExactText(name)] = nil
        case .pattern(let pattern): patterns[pattern] = nil
        case nil: break
        }
    }
}

// MARK: - Delivery

extension ChannelIndex {
    /// Hands a publication to all here whom it is for, each of them once.
    ///
    /// One that a predicate's closure publishes meanwhile is delivered behind this one.
    /// - Parameter completion: told how many got it, and who has no room for more.
    package func deliver(_ publication: Publication, completion: ((DeliveryReport) -> Void)? = nil) {
        waiting.append((publication, completion))
        guard !isDelivering else { return }
        isDelivering = true
        while let (publication, completion) = waiting.popFirst() {
            deliveries += 1
            let report = deliverNow(publication)
            completion?(report)
        }
        isDelivering = false
    }

    private func deliverNow(_ publication: Publication) -> DeliveryReport {
        var report = DeliveryReport()
        for message in publication.messages {
            messages += 1
            guard let channel = message.channel else {
                deliver(message, of: publication, to: everyone, &report)
                continue
            }
            if let list = channels[ExactText(channel)] {
                deliver(message, of: publication, to: list, &report)
                if let counters = list.counters, message.countsAsPublished() { counters.notePublished() }
            }
            if message.reachesPatterns, !patterns.isEmpty {
                patterns.forEachMatch(of: channel) { deliver(message, of: publication, to: $0, &report) }
            }
        }
        return report
    }

    private func deliver(
        _ message: PublishedMessage, of publication: Publication, to list: SeatList, _ report: inout DeliveryReport
    ) {
        var delivered = 0
        var dropped = 0
        let removals = list.removals
        for seat in list.seats where seat.lastDelivery != deliveries && seat.lastRefusal != messages {
            guard message.channel != nil || seat.hearsBroadcasts else { continue }
            guard let encoded = message[seat.form] else { continue }
            switch publication.judge(seat, message) {
            case .deliver: break
            case .refuseMessage:
                seat.lastRefusal = messages
                continue
            case .refuseAll:
                seat.lastDelivery = deliveries
                continue
            }
            // A predicate's closure, or what a delivery brought about, may have made somebody leave.
            guard list.removals == removals || seat.isIn(list) else { continue }
            seat.lastDelivery = deliveries
            let outcome = seat.recipient.deliver(
                encoded, channel: message.channel, policy: message.slowConsumers, isAwaited: publication.isAwaited)
            switch outcome {
            case .sent: delivered += 1
            case .queued(let replaced, let others):
                delivered += 1
                dropped += others + (replaced ? 1 : 0)
            case .mustWait(let time):
                delivered += 1
                report.waiting.append((seat.recipient, time))
            case .dropped: dropped += 1
            case .disconnected, .closed: break
            }
        }
        report.delivered += delivered
        report.dropped += dropped
        list.counters?.noteDelivered(delivered, dropped: dropped)
    }
}

/// What became of a publication on one loop.
package struct DeliveryReport {
    package var delivered = 0
    package var dropped = 0
    /// Who took it although there is no room for more, and how long to wait for it; only where the publisher waits.
    package var waiting: [(recipient: any Recipient, atMost: Duration)] = []

    package init() {}
}
