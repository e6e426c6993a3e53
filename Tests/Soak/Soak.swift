import Foundation
import SoakRun

/// Runs clients over a faulty network or across server restarts, and checks the guarantees of the protocol.
@main
struct Soak {
    struct UsageError: Error {
        let message: String
    }

    static let usage = """
        usage: soak [--seconds N] [--clients N] [--seed N] [--faults N] [--port N --front N [--ca FILE]]
               soak restart [--clients N] [--server PATH] [--graceful]

        Clients make calls, open streams and subscribe to channels through a proxy that cuts and stalls connections at
        random. Exits with 1 if a call hangs, or runs twice without being idempotent; if channel messages or stream
        elements are duplicated or out of order; or if descriptors, memory, timers or connections leak.

        With `restart`, `webshocket serve` is killed with SIGKILL, or with --graceful ended with SIGTERM, and started
        again. Exits with 1 if a client does not reconnect, or if one tenth of the reconnect window has more than 15 %
        of the attempts.

          --seconds  the duration; default: 60
          --clients  the number of clients; default: 100, or 500 with restart
          --seed     the seed of the proxy's random numbers; default: 1
          --faults   the average number of faults per second; default: 8
          --port     the port of the server; default: a free port
          --front    the port of a proxy in front of the server; default: no proxy
          --ca       a file of certificate authorities; makes clients use TLS and trust these authorities
          --server   the path of the command; default: `webshocket` in the folder of this program
          --graceful ends the server with SIGTERM
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
            default: throw UsageError(message: "unknown option '\(option)'")
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
            default: throw UsageError(message: "unknown option '\(option)'")
            }
        }
        let outcome = try await RestartRun(plan).run()
        print("\(outcome.back) of \(plan.clients) clients reconnected within \(outcome.time)")
        print("\(outcome.attempts.count) attempts in the window, \(outcome.attempts.outside) outside:")
        print(outcome.attempts.text)
        let percent = (outcome.attempts.mostInOne * 1_000).rounded() / 10
        print("at most \(percent) % in one tenth of the window")
        let tried = outcome.attempts.count + outcome.attempts.outside
        return outcome.back == plan.clients && tried >= plan.clients && outcome.attempts.mostInOne <= 0.15
    }

    private static func number(_ text: String?, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(text ?? ""), range.contains(number) else {
            throw UsageError(
                message: "value must be \(range.lowerBound) to \(range.upperBound) (got '\(text ?? "")')")
        }
        return number
    }

    private static func fail(_ line: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("soak: \(line)\n".utf8))
        exit(status)
    }
}
