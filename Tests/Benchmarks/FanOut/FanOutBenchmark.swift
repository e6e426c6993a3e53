import EventLoops
import Foundation

/// Measures the cost of publishing to many subscribers, and whether stalled subscribers affect the others.
@main
struct FanOutBenchmark {
    @MainActor
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard !words.contains("--help"), !words.contains("-h") else { return print(Plan.usage) }
        do {
            let plan = try Plan(words)
            try Cores.move(to: .load)
            try await measure(plan)
        } catch let error as Plan.UsageError {
            fail("\(error.message)\n\(Plan.usage)", status: 2)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    @MainActor
    private static func measure(_ plan: Plan) async throws {
        let group = EventLoopGroup(loops: 1, name: "load")
        say("\(plan.messages) messages of \(plan.size) bytes to \(plan.subscribers) subscribers, \(plan.policy)")
        say(Table.head)
        var pairs: [(without: Run, with: Run)] = []
        for round in 1...plan.rounds {
            let without = try await Run.measure(plan, stalled: 0, on: group.loops[0])
            say(Table.line(without, round: round, stalled: 0))
            guard plan.stalled > 0 else { continue }
            let with = try await Run.measure(plan, stalled: plan.stalled, on: group.loops[0])
            say(Table.line(with, round: round, stalled: plan.stalled))
            pairs.append((without, with))
        }
        if !pairs.isEmpty { say(Table.summary(pairs)) }
        await group.shutdown()
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func fail(_ line: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("fan-out-benchmark: \(line)\n".utf8))
        exit(status)
    }
}
