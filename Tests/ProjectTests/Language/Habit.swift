/// A habit of wording that makes prose hard to read, or a plain word that must not be rare.
struct Habit: Sendable {
    enum Bound: Sendable {
        case atMost(Double)
        case atLeast(Double)
    }

    let name: String
    /// The figure per 10,000 words in the comments of widely used Swift packages, before the margin of a group.
    let bound: Bound
    /// The words that may be an occurrence, in lower case.
    let words: Set<String>
    /// Whether the word at an index is an occurrence, and not a legitimate use.
    var counts: @Sendable (Sentence, Int) -> Bool = { _, _ in true }
}

extension Habit {
    static let all = [clauseAsNoun, indefinitePerson, behind, isNo, place, isToBe, condition]

    static let clauseAsNoun = Habit(
        name: "'what' or 'who' clauses as nouns", bound: .atMost(0.5),
        words: ["what", "who", "whatever", "whoever"]
    ) { sentence, index in
        let word = sentence.words[index]
        // A lone word is the heading of a column. A word with a colon is the name of a parameter.
        if sentence.isQuestion || word.endsWithColon || sentence.wordCount == 1 { return false }
        // After a comma, it means "regardless of".
        if word.text == "whatever" { return !word.startsClause }
        // After a person, it begins a relative clause.
        if word.text == "who", index > 0 { return !people.contains(sentence.words[index - 1].text) }
        return true
    }

    static let indefinitePerson = Habit(
        name: "'nobody', 'somebody', 'whoever' and the like", bound: .atMost(1),
        words: ["nobody", "somebody", "someone", "everybody", "anybody", "whoever", "whom"])

    static let behind = Habit(name: "'behind' for 'after'", bound: .atMost(1), words: ["behind"]) { sentence, index in
        // A client is behind a proxy, and a consumer falls behind: "after" would be wrong there.
        !(index + 1...index + 4).contains { intermediaries.contains(sentence.word(at: $0) ?? "") }
            && !["falls", "fall", "fell", "falling", "far", "elements"].contains(sentence.word(at: index - 1))
    }

    static let isNo = Habit(
        name: "'no' or 'none' after 'is'", bound: .atMost(3), words: ["no", "none"]
    ) { sentence, index in
        guard ["is", "are", "was", "were", "be"].contains(sentence.word(at: index - 1)) else { return false }
        // "There is no timeout", "there must be no response" and "it is no longer open" are plain.
        return !(index - 4..<index).contains { sentence.word(at: $0) == "there" }
            && !["longer", "more", "later", "less", "larger", "earlier"].contains(sentence.word(at: index + 1))
    }

    static let place = Habit(name: "'where' for 'if' or 'when'", bound: .atMost(18), words: ["where"]) { sentence, _ in
        !sentence.isQuestion
    }

    /// The figure of other packages was not measured; plain prose says "must be".
    static let isToBe = Habit(name: "'be' after 'is to'", bound: .atMost(1), words: ["be"]) { sentence, index in
        sentence.word(at: index - 1) == "to"
            && ["is", "are", "was", "were"].contains(sentence.word(at: index - 2))
    }

    /// Dense prose expresses conditions with other words. The lowest figure of the packages is 68.
    static let condition = Habit(name: "'if'", bound: .atLeast(60), words: ["if"])

    private static let people: Set = [
        "admin", "admins", "anyone", "author", "authors", "caller", "callers", "client", "clients", "developer",
        "developers",
        "everyone", "member", "members", "people", "person", "reader", "readers", "user", "users", "visitor",
        "visitors",
    ]

    private static let intermediaries: Set = [
        "proxy", "proxies", "balancer", "balancers", "tunnel", "tunnels", "nginx", "haproxy", "nat", "tls",
    ]
}
