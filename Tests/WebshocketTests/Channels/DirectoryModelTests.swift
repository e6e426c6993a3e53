import EventLoops
import Foundation
import Testing
import Webshocket

// Serialized: together they would take all cores from the other tests.
@Suite("Directory on three loops, compared with a simple model", .serialized, .timeLimit(.minutes(5)))
struct DirectoryModelTests {
    /// The numbers of steps for a single driver, for several, and for concurrent changes: a million in total, or a
    /// fraction of it if a sanitizer makes the test slow (see Tests/Sanitizers/run).
    private static let share = ProcessInfo.processInfo.environment["WEBSHOCKET_MODEL_SHARE"].flatMap(Double.init) ?? 1
    private static let steps = Int(750_000 * share)
    private static let stepsOfSeveral = Int(200_000 * share)
    private static let hastySteps = Int(50_000 * share)

    /// Runs a driver to its end.
    private final class Walk: Sendable {
        let driver: Locked<ModelDriver>
        private let loops: [EventLoop]

        init(_ driver: ModelDriver) {
            self.driver = Locked(driver)
            loops = driver.loops
        }

        func take(_ steps: Int, checkingEvery interval: Int = 5_000) async {
            var next = interval
            while true {
                let (taken, place, isOver) = driver.withLock { driver in
                    let place = driver.pickPlace()
                    return (driver.steps, place, driver.steps >= steps || driver.problem != nil)
                }
                if isOver { break }
                if taken >= next {
                    await check()
                    next += interval
                }
                await on(place) { $0.run(at: place, atMost: steps - taken) }
            }
            await check()
            for place in loops.indices { await on(place) { $0.finish(at: place) } }
        }

        private func check() async {
            for place in loops.indices { await on(place) { $0.compareLetters(at: place) } }
            driver.withLock { $0.compareAccounts() }
        }

        private func on(_ place: Int?, _ body: @escaping @Sendable (inout ModelDriver) -> Void) async {
            guard let place else { return driver.withLock { body(&$0) } }
            await loops[place].run { self.driver.withLock { body(&$0) } }
        }
    }

    private let group = EventLoopGroup(loops: 3, name: "model")
    private let directory = Directory<ModelMember>()

    private func start() {
        directory.start(on: group.loops, syntax: .segments)
    }

    /// Expects that the directory is empty and holds no memory of former members.
    private func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async {
        #expect(directory.roster.withLock { $0.isEmpty }, sourceLocation: sourceLocation)
        #expect(directory.readers.formsInUse.isEmpty, sourceLocation: sourceLocation)
        for part in directory.parts.withLock({ $0 }) {
            let isEmpty = await part.loop.run { part.index.value.isEmpty }
            #expect(isEmpty, sourceLocation: sourceLocation)
            #expect(part.population.load(ordering: .relaxed) == 0, sourceLocation: sourceLocation)
        }
    }

    @Test("behaves as the model in hundreds of thousands of random joins, leaves, publications and disconnects")
    func oneDriver() async {
        start()
        let seed = UInt64.random(in: 0 ... .max)
        let walk = Walk(ModelDriver(0, seed: seed, directory: directory, loops: group.loops))
        await walk.take(Self.steps)
        let (steps, problem) = walk.driver.withLock { ($0.steps, $0.problem) }
        #expect(problem == nil, "seed \(seed), step \(steps)")
        #expect(steps == Self.steps || problem != nil)
        if problem == nil { await expectNothingLeft() }
        await group.shutdown()
    }

    /// On shared channels each member receives every publisher's letters in order, at most once, and none after
    /// leaving. The mailboxes check this. Members that stay receive all letters.
    @Test("behaves as the model for concurrent drivers with their own and shared channels")
    func severalDrivers() async {
        start()
        let seed = UInt64.random(in: 0 ... .max)
        let shared = ["shared.1", "shared.2", "shared.3"]
        let stayers = group.loops.enumerated().map { number, loop in
            ModelMember(UInt64.max - UInt64(number), on: loop, driver: 100)
        }
        for stayer in stayers {
            await stayer.loop.run {
                stayer.enter(directory)
                #expect(throws: Never.self) {
                    try directory.subscribe(stayer, to: shared.map(ChannelSelector.init(known:)), cap: 0)
                }
            }
        }
        let walks = (0..<4).map { number in
            Walk(
                ModelDriver(
                    number, seed: seed &+ UInt64(number), directory: directory, loops: group.loops, shared: shared))
        }
        await withTaskGroup { tasks in
            for walk in walks { tasks.addTask { await walk.take(Self.stepsOfSeveral / walks.count) } }
        }
        for (number, walk) in walks.enumerated() {
            let (steps, problem) = walk.driver.withLock { ($0.steps, $0.problem) }
            #expect(problem == nil, "seed \(seed), driver \(number), step \(steps)")
        }
        for stayer in stayers {
            let (counts, complaints) = await stayer.loop.run {
                defer { _ = stayer.leave(directory) }
                return (stayer.box.sharedCounts, stayer.box.complaints)
            }
            #expect(complaints.isEmpty, "seed \(seed)")
            for walk in walks {
                let (number, letters) = walk.driver.withLock { ($0.number, $0.sharedLetters) }
                #expect(counts[number, default: 0] == letters, "seed \(seed), letters of driver \(number)")
            }
        }
        await expectNothingLeft()
        await group.shutdown()
    }

    /// This test does not check publications during the changes.
    @Test("indexes agree with the roster after concurrent changes of the same subscriptions")
    func urgentTurn() async {
        start()
        let seed = UInt64.random(in: 0 ... .max)
        let (directory, loops) = (directory, group.loops)
        let members = (0..<6).map { ModelMember(UInt64($0), on: loops[$0 % 3], driver: 0) }
        let selectors = ["a.1", "a.2", "a.*"].map(ChannelSelector.init(known:))
        for member in members { await member.loop.run { member.enter(directory) } }
        for round in 0..<max(Self.hastySteps / 400, 1) {
            await withTaskGroup { tasks in
                for number in 0..<4 {
                    var random = SplitMix(state: seed &+ UInt64(round * 4 + number))
                    tasks.addTask {
                        for _ in 0..<10 {
                            let state = random.next(upTo: .max)
                            let batch: @Sendable () -> Void = {
                                Self.change(members, selectors, in: directory, seed: UInt64(state))
                            }
                            let place = random.next(upTo: 4)
                            if place < 3 { await loops[place].run(batch) } else { batch() }
                        }
                    }
                }
            }
            let isAgreed = await agrees(members, round)
            #expect(isAgreed, "seed \(seed), round \(round)")
            if !isAgreed { break }
        }
        for member in members { await member.loop.run { _ = member.leave(directory) } }
        await expectNothingLeft()
        await group.shutdown()
    }

    /// Makes ten changes to subscriptions and rooms of random members.
    private static func change(
        _ members: [ModelMember], _ selectors: [ChannelSelector], in directory: Directory<ModelMember>, seed: UInt64
    ) {
        var random = SplitMix(state: seed)
        for _ in 0..<10 {
            let member = members[random.next(upTo: members.count)]
            let selector = selectors[random.next(upTo: selectors.count)]
            let isRoom = selector.text != "a.*" && random.next(upTo: 2) == 0
            switch (isRoom, random.next(upTo: 2) == 0) {
            case (false, true): try? directory.subscribe(member, to: [selector], cap: 0)
            case (false, false): directory.unsubscribe(member, from: [selector])
            case (true, true): _ = try? directory.join(member, selector.text, cap: 0)
            case (true, false): _ = directory.leave(member, selector.text)
            }
        }
    }

    /// Returns whether each member receives the letters that the roster implies, and the deliveries are counted.
    private func agrees(_ members: [ModelMember], _ round: Int) async -> Bool {
        // Wait for the changes that began off the loops. No further changes begin.
        for loop in group.loops { await loop.run {} }
        for member in members { _ = await member.loop.run { member.box.takeOwn() } }
        var expected: [UInt64: [UInt64]] = [:]
        var isCounted = true
        for (number, name) in ["a.1", "a.2"].enumerated() {
            let letter = Letter(driver: 0, turn: round * 2 + number)
            let message = PublishedMessage(channel: name, forms: [.values]) { _ in letter.message }
            let before = directory.roster.withLock { $0.counters(of: name)?.counts.delivered }
            directory.deliver(Publication([message], where: nil, excluding: [], isAwaited: false)) { _ in }
            for loop in group.loops { await loop.run {} }
            let there = directory.roster.withLock { roster in
                members.filter { roster.counters(of: name, for: $0.id) != nil }.count
            }
            let after = directory.roster.withLock { $0.counters(of: name)?.counts.delivered }
            if let before, let after, after - before != there { isCounted = false }
            for member in members {
                let gets = directory.roster.withLock { roster in
                    roster.counters(of: name, for: member.id) != nil
                        || roster.subscriptions(of: member.id).contains("a.*")
                }
                if gets { expected[member.id, default: []].append(letter.bits) }
            }
        }
        var isSame = true
        for member in members {
            let own = await member.loop.run { member.box.takeOwn() }
            if own != expected[member.id] ?? [] { isSame = false }
        }
        return isSame && isCounted
    }
}
