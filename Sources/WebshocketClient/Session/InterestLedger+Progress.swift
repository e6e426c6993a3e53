// The progress and the end of declared requests.
extension InterestLedger {
    package mutating func wasWritten(_ id: String) {
        if let names = beginnings[id]?.names {
            beginnings[id]?.isWritten = true
            for name in names { interests[name, default: Interest()].traces.insert(id) }
        } else if let index = endings.firstIndex(where: { $0.id == id }) {
            endings[index].isWritten = true
            for (name, interest) in interests where endings[index].covers(name) && !interest.traces.isEmpty {
                endings[index].ended[name, default: Interest()].traces.formUnion(interest.traces)
                var rest = interest
                rest.traces = []
                set(rest, for: name)
            }
        }
    }

    package mutating func granted(_ id: String) -> Consequence {
        if let beginning = beginnings.removeValue(forKey: id) {
            for name in beginning.names { grant(name, id) }
            return Consequence(remainder: remainder(of: beginning.names))
        }
        guard let index = endings.firstIndex(where: { $0.id == id }) else { return Consequence() }
        takeEffect(at: index)
        return Consequence(superseded: superseded)
    }

    private mutating func grant(_ name: ExactText, _ id: String) {
        lastGrant += 1
        if interests[name]?.declared.remove(id) != nil {
            interests[name]?.grant(at: lastGrant)
        } else if let index = endings.lastIndex(where: { $0.ended[name]?.declared.contains(id) == true }) {
            endings[index].ended[name]?.declared.remove(id)
            endings[index].ended[name]?.grant(at: lastGrant)
        }
        // The server may have processed the request after an end that was written later.
        if !endings.contains(where: { $0.ended[name]?.traces.contains(id) == true }) {
            interests[name, default: Interest()].traces.insert(id)
        }
    }

    package mutating func refused(_ id: String) -> Consequence {
        if let beginning = beginnings.removeValue(forKey: id) {
            withdraw(id, beginning.names, isInForce: false)
            return Consequence(remainder: remainder(of: beginning.names))
        }
        guard let index = endings.firstIndex(where: { $0.id == id }) else { return Consequence() }
        let ending = endings.remove(at: index)
        for (name, interest) in ending.ended { putBack(interest, for: name, after: index) }
        // The owner repeats a refused compensation.
        guard !ending.isCompensation else { return Consequence() }
        return Consequence(remainder: remainder(of: ending.ended.keys.sorted { $0.text < $1.text }))
    }

    /// Notes that a request was cancelled, timed out or could not be sent.
    package mutating func givenUp(_ id: String) -> Consequence {
        if let beginning = beginnings.removeValue(forKey: id) {
            withdraw(id, beginning.names, isInForce: true)
            return Consequence(remainder: remainder(of: beginning.names))
        }
        guard let index = endings.firstIndex(where: { $0.id == id }) else { return Consequence() }
        let ending = takeEffect(at: index)
        guard !ending.isCompensation else { return Consequence() }
        // The end may not have been carried out.
        for (name, interest) in ending.ended where !interest.traces.isEmpty {
            putBack(Interest(traces: interest.traces), for: name, after: index)
        }
        return Consequence(remainder: remainder(of: ending, after: index), superseded: superseded)
    }

    /// Forgets the grants of names that the server refuses on a new connection.
    package mutating func drop(_ names: [String]) -> Remainder {
        for name in names.map({ ExactText($0) }) {
            for index in endings.indices { endings[index].ended[name]?.granted = nil }
            guard var interest = interests[name] else { continue }
            interest.granted = nil
            set(interest, for: name)
        }
        return remainder(of: names.map { ExactText($0) })
    }

    package mutating func connectionEnded() -> Settlement {
        var settlement = Settlement()
        for ending in endings {
            if ending.isCompensation { settlement.own.append(ending.id) } else { settlement.ended.append(ending.id) }
        }
        endings = []
        for (id, beginning) in beginnings {
            if beginning.isRestoring { settlement.own.append(id) } else { beginnings[id]?.isWritten = false }
        }
        for id in settlement.own { beginnings[id] = nil }
        for (name, interest) in interests {
            var rest = interest
            rest.traces = []
            set(rest, for: name)
        }
        settlement.superseded = superseded
        return settlement
    }

    /// The names to end on the current connection.
    package var remainder: Remainder { remainder(of: interests.keys.sorted { $0.text < $1.text }) }
}
