import Testing
import Webshocket

@Suite("A client's interests, compared with a plain model,", .timeLimit(.minutes(5)))
struct InterestModelTests {
    @Test(
        "end as declared, even if requests are given up, refused, late or lost",
        arguments: [6, 10, 20, 60, 300])
    func interleavings(steps: Int) {
        for seed in UInt64(1)...1_000 {
            var model = InterestModel(seed: seed)
            model.run(steps: steps)
            guard let problem = model.problem else { continue }
            Issue.record("seed \(seed), \(problem)\n\(model.transcript.joined(separator: "\n"))")
            return
        }
    }
}
