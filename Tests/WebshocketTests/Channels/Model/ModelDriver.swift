import EventLoops
import Synchronization
import Webshocket

/// Performs random operations on a directory and on a model, and compares the results.
///
/// It runs batches of steps on the loops and on another thread, and waits for each batch. Therefore each loop processes
/// the driver's operations in order, and the deliveries to each member are deterministic.
///
/// There is one exception, which the driver avoids (``isHasty(_:_:at:)``): when a loop processes a change of a
/// subscription, it reads the current state.
struct ModelDriver {
    static let cap = 7
    static let mostMembers = 7

    let number: Int
    let directory: Directory<ModelMember>
    let loops: [EventLoop]
    let account: DirectoryAccount
    let selectors: [ChannelSelector]
    let sharedSelectors: [ChannelSelector]
    let channels: [String]
    let delivered = Tally()

    var random: SplitMix
    var model: DirectoryModel
    var members: [ModelMember] = []
    var lastID: UInt64 = 0
    /// The members and names whose changes each loop has not processed yet.
    var unsettled: [Set<Change>]
    var turn = 0
    var sharedLetters = 0
    private(set) var steps = 0
    /// The first difference between directory and model.
    private(set) var problem: String?

    struct Change: Hashable {
        let id: UInt64
        let name: String
    }

    init(
        _ number: Int, seed: UInt64, directory: Directory<ModelMember>, loops: [EventLoop], shared: [String] = []
    ) {
        self.number = number
        self.directory = directory
        self.loops = loops
        random = SplitMix(state: seed)
        unsettled = loops.map { _ in [] }
        let prefix = "driver\(number)"
        channels = ["a.1", "a.2", "b.1", "b.2", "c", "d.1.x"].map { "\(prefix).\($0)" }
        let patterns = ["a.*", "b.*", "*.1", "**", "d.**"].map { "\(prefix).\($0)" }
        account = DirectoryAccount(names: channels + patterns, sharedNames: shared)
        selectors = (channels + patterns).map(ChannelSelector.init(known:))
        model = DirectoryModel(selectors: selectors, names: channels)
        sharedSelectors = shared.map(ChannelSelector.init(known:))
    }

    // MARK: - Batches

    /// Picks the place of the next batch: the index of a loop, or nil for another thread.
    mutating func pickPlace() -> Int? {
        let place = random.next(upTo: loops.count + 1)
        return place < loops.count ? place : nil
    }

    /// Performs a batch of steps.
    /// - Parameter place: The index of the current loop; nil on another thread.
    mutating func run(at place: Int?, atMost limit: Int) {
        if let place {
            unsettled[place].removeAll(keepingCapacity: true)
            for member in members where member.loop === loops[place] { close(member) }
        }
        for _ in 0..<min(random.next(upTo: 80) + 1, limit) {
            guard problem == nil, step(at: place) else { return }
            steps += 1
        }
    }

    /// Compares the letters of a loop's members with the model. Called on that loop.
    mutating func compareLetters(at place: Int) {
        for member in members where member.loop === loops[place] { compareLetters(of: member) }
    }

    /// Compares the remaining state, after all loops have processed the changes.
    mutating func compareAccounts() {
        let mine = members.map(\.id)
        let seen = directory.roster.withLock { account.of($0, people: mine) }
        for (seen, expected) in zip(seen, account.of(model)) where seen != expected {
            complain("\(seen) instead of \(expected)")
        }
        let count = delivered.count
        if count != model.delivered { complain("\(count) letters reported, not \(model.delivered)") }
    }

    /// Disconnects the remaining members of a loop. Called on that loop.
    mutating func finish(at place: Int) {
        for member in members where member.loop === loops[place] { disconnect(member) }
    }

    mutating func compareLetters(of member: ModelMember) {
        let (got, expected) = (member.box.takeOwn(), model.takeReceived(of: member.id))
        if got != expected { complain("\(member.id) got \(difference(got, expected))") }
        if let complaint = member.box.complaints.first { complain("\(member.id) \(complaint)") }
    }

    private func difference(_ got: [UInt64], _ expected: [UInt64]) -> String {
        let same = zip(got, expected).prefix { $0 == $1 }.count
        let (got, expected) = (got.dropFirst(same), expected.dropFirst(same))
        return "\(got.prefix(3).map(Letter.init(bits:))) instead of \(expected.prefix(3).map(Letter.init(bits:)))"
    }

    mutating func complain(_ text: String) {
        if problem == nil { problem = text }
    }
}

/// The sum of the counts that loops report.
final class Tally: Sendable {
    private let total = Atomic(0)

    var count: Int { total.load(ordering: .relaxed) }

    func add(_ count: Int) { total.add(count, ordering: .relaxed) }
}
