extension InterestLedger {
    mutating func set(_ interest: Interest, for name: ExactText) {
        interests[name] = interest.isEmpty ? nil : interest
    }

    func isWanted(_ name: ExactText) -> Bool { interests[name]?.isWanted == true }

    func remainder(of names: [ExactText]) -> Remainder {
        let left = names.filter { name in
            guard let interest = interests[name], !interest.isWanted, !interest.traces.isEmpty else { return false }
            return !endings.contains { !$0.isWritten && $0.covers(name) }
        }
        return left.isEmpty ? .none : .names(left.map(\.text))
    }

    /// The remainder after an end was given up, without names that were requested or ended again since.
    func remainder(of ending: Ending, after index: Int) -> Remainder {
        let later = endings[index...]
        if ending.names == nil, later.isEmpty, !interests.values.contains(where: { $0.isWanted && !$0.traces.isEmpty })
        {
            return .all
        }
        let names = ending.names ?? Set(ending.ended.keys).union(interests.keys.filter { !isWanted($0) })
        let left = names.filter { name in !isWanted(name) && !later.contains { $0.covers(name) } }
        return left.isEmpty ? .none : .names(left.map(\.text).sorted())
    }

    /// Removes an end and makes it final. Earlier ends can no longer put its names back.
    @discardableResult
    mutating func takeEffect(at index: Int) -> Ending {
        let ending = endings.remove(at: index)
        guard !ending.isCompensation else { return ending }
        for earlier in 0..<index {
            for name in endings[earlier].ended.keys where ending.covers(name) {
                endings[earlier].ended[name]?.granted = nil
                endings[earlier].ended[name]?.declared = []
            }
        }
        return ending
    }

    /// Removes a request for names.
    /// - Parameter isInForce: Whether the connection may receive the names because of the request.
    mutating func withdraw(_ id: String, _ names: [ExactText], isInForce: Bool) {
        for name in names {
            for index in endings.indices {
                endings[index].ended[name]?.declared.remove(id)
                if !isInForce { endings[index].ended[name]?.traces.remove(id) }
            }
            guard var interest = interests[name] else { continue }
            interest.declared.remove(id)
            if !isInForce { interest.traces.remove(id) }
            set(interest, for: name)
        }
    }

    /// Undoes an end, unless a later end at `index` or beyond also covers the name.
    mutating func putBack(_ interest: Interest, for name: ExactText, after index: Int) {
        let later = endings.indices.filter { $0 >= index && endings[$0].covers(name) }
        let declared = interest.declared.filter { beginnings[$0] != nil }
        func wants(_ other: inout Interest) {
            other.granted = [other.granted, interest.granted].compactMap(\.self).min()
            other.declared.formUnion(declared)
        }
        if let first = later.first {
            wants(&endings[first].ended[name, default: Interest()])
        } else {
            wants(&interests[name, default: Interest()])
        }
        if let written = later.first(where: { endings[$0].isWritten }) {
            endings[written].ended[name, default: Interest()].traces.formUnion(interest.traces)
        } else {
            interests[name, default: Interest()].traces.formUnion(interest.traces)
        }
        set(interests[name] ?? Interest(), for: name)
    }

    /// The unwritten requests for names that have all been ended.
    var superseded: [String] {
        beginnings.filter { id, beginning in
            !beginning.isWritten && !beginning.isRestoring && !beginning.names.isEmpty
                && !beginning.names.contains { name in
                    interests[name]?.declared.contains(id) == true
                        || endings.contains { $0.ended[name]?.declared.contains(id) == true }
                }
        }.keys.sorted()
    }
}
