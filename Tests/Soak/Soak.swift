import Foundation
import SoakRun

/// Has clients suffer, and says whether anything was lost that must not be.
@main
struct Soak {
    struct UsageError: Error {
        let message: String
    }

    static let usage = """
        usage: soak [--seconds N] [--clients N] [--seed N] [--faults N] [--port N --front N [--ca FILE]]
               soak restart [--clients N] [--server PATH] [--graceful]

        Clients call, stream and listen through a proxy that cuts and stalls them at random, --faults times a second on
        average. It ends with 1 when a call hangs or runs twice that must not, when messages of a channel or elements
        of a stream come twice or in another order, or when descriptors, memory, timers or connections are left over.

        With `restart`, `webshocket serve` is killed, or with --graceful told to end, and started again under its
        clients. It ends with 1 when one does not come back, or a tenth of the window in which they are to do so has
        more than 15 % of the attempts in it.

          --seconds  60 by default
          --clients  100 by default, 500 with restart
          --seed     of the proxy's random numbers, 1 by default
          --faults   8 by default
          --port     where the server listens, any free port by default
          --front    where a proxy listens that leads to the server, nothing in front of it by default
          --ca       has clients speak TLS, and trust these authorities
          --server   the built command, `webshocket` beside this program by default
        """

    static func main() async {
        do {
            var words = Array(CommandLine.arguments.dropFirst())[...]
            guard !words.contains("--help") else { return print(usage) }
            let isRestart = words.first == "restart"
            if isRestart { words.removeFirst() }
            let isWell = try await isRestart ? restart(words) : soak(words)
            exit(isWell ? 0 : 1)
        } catch let error as UsageError {
            fail("\(error.message)\n\(usage)", status: 2)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static func soak(_ words: ArraySlice<String>) async throws -> Bool {
        var plan = SoakRun.Plan()
        var rest = words
        while let option = rest.popFirst() {
            switch option {
            case "--seconds": plan.time = .seconds(try number(rest.popFirst(), in: 1...86_400))
            case "--clients": plan.clients = try number(rest.popFirst(), in: 1...10_000)
            case "--seed": plan.seed = UInt64(try number(rest.popFirst(), in: 0 ... .max))
            case "--port": plan.port = try number(rest.popFirst(), in: 1...65_535)
            case "--front": plan.front = try number(rest.popFirst(), in: 1...65_535)
            case "--ca": plan.authorities = rest.popFirst()
            case "--faults": plan.faultsPerSecond = Double(try number(rest.popFirst(), in: 1...1_000))
            default: throw UsageError(message: "'\(option)' is no option")
            }
        }
        print("\(plan.clients) clients for \(plan.time), seed \(plan.seed)")
        let ledger = try await SoakRun(plan).run { print($0) }
        let violations = ledger.current.violations
        for violation in violations { print("VIOLATION: \(violation)") }
        print(violations.isEmpty ? "no violations" : "\(violations.count) violations")
        return violations.isEmpty
    }

    private static func restart(_ words: ArraySlice<String>) async throws -> Bool {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        var plan = RestartRun.Plan(server: folder.appending(path: "webshocket").path)
        var rest = words
        while let option = rest.popFirst() {
            switch option {
            case "--clients": plan.clients = try number(rest.popFirst(), in: 1...10_000)
            case "--server": plan.server = rest.popFirst() ?? ""
            case "--graceful": plan.isGraceful = true
            default: throw UsageError(message: "'\(option)' is no option")
            }
        }
        let outcome = try await RestartRun(plan).run()
        print("\(outcome.back) of \(plan.clients) clients were back after \(outcome.time)")
        print("\(outcome.attempts.count) attempts in the window, \(outcome.attempts.outside) outside:")
        print(outcome.attempts.text)
        let percent = (outcome.attempts.mostInOne * 1_000).rounded() / 10
        print("at most \(percent) % in one tenth of the window")
        let tried = outcome.attempts.count + outcome.attempts.outside
        return outcome.back == plan.clients && tried >= plan.clients && outcome.attempts.mostInOne <= 0.15
    }

    private static func number(_ text: String?, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(text ?? ""), range.contains(number) else {
            throw UsageError(message: "'\(text ?? "")' is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func fail(_ line: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("soak: \(line)\n".utf8))
        exit(status)
    }
}
