/// The part of a hub that belongs to one loop: the subscribers of each channel and pattern among the loop's
/// connections.
///
/// Confined to the loop, so a delivery takes no lock.
package final class ChannelIndex {
    private let everyone = SeatList(nil, nil)
    private var channels: [ExactText: SeatList] = [:]
    private var patterns: PatternIndex<SeatList>
    /// The number of publications that were delivered.
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

// MARK: - Seats

extension ChannelIndex {
    package func add(_ seat: Seat) {
        seat.place = everyone.add(seat)
    }

    package func remove(_ seat: Seat) {
        for place in seat.places.values { remove(place) }
        seat.places = [:]
        if let place = seat.place.take() { everyone.remove(place) }
    }

    /// Adds a seat to the list of a channel or pattern, or removes it from the list.
    /// - Parameter counters: The counters of the name; nil removes the seat.
    package func update(_ seat: Seat, _ selector: ChannelSelector, _ counters: ChannelCounters?) {
        // The connection has ended.
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
    /// Delivers a publication to every matching connection of the loop, once each.
    ///
    /// If a predicate's closure publishes during the delivery, that publication is delivered after this one.
    /// - Parameter completion: Called with the number of recipients, and those that have no room for more.
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
            guard message.channel != nil || seat.receivesBroadcasts else { continue }
            guard let encoded = message[seat.form] else { continue }
            switch publication.validate(seat, message) {
            case .deliver: break
            case .refuseMessage:
                seat.lastRefusal = messages
                continue
            case .refuseAll:
                seat.lastDelivery = deliveries
                continue
            }
            // A predicate's closure, or a side effect of a delivery, may have removed seats.
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

/// The result of delivering a publication on one loop.
package struct DeliveryReport {
    package var delivered = 0
    package var dropped = 0
    /// The recipients that took the message without having room for more, and the time to wait for each.
    ///
    /// Empty unless the publisher waits.
    package var waiting: [(recipient: any Recipient, atMost: Duration)] = []

    package init() {}
}
