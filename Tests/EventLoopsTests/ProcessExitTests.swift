import Certificates
import EventLoops
import OwnProcesses
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite("An exit of the process", .timeLimit(.minutes(5)))
struct ProcessExitTests {
    @Test("succeeds while loops open and close signal sources", arguments: 0..<8)
    func signals(_: Int) async {
        await #expect(processExitsWith: .exitCode(7)) {
            OwnProcess.end()
            let group = EventLoopGroup(loops: 4, name: "exit")
            for loop in group.loops + group.loops {
                Task {
                    while true { try await SignalSource.open([SIGUSR1], on: loop).close() }
                }
            }
            try await Task.sleep(for: .milliseconds(50))
            exit(7)
        }
    }

    @Test(
        "succeeds during TLS handshakes",
        .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)), arguments: 0..<4)
    func tls(_: Int) async {
        await #expect(processExitsWith: .exitCode(7)) {
            OwnProcess.end()
            let (handshakes, didShakeHands) = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<4 {
                Task {
                    while true { try await SecurePair.with { _ in didShakeHands.yield() } }
                }
            }
            for await _ in handshakes { break }
            try await Task.sleep(for: .milliseconds(50))
            exit(7)
        }
    }

    @Test("succeeds on a loop, and while another loop is blocked")
    func busy() async {
        await #expect(processExitsWith: .exitCode(7)) {
            OwnProcess.end()
            let group = EventLoopGroup(loops: 2, name: "exit")
            group.loops[0].execute { sleep(60) }
            group.loops[1].execute { exit(7) }
            try await Task.sleep(for: .seconds(60))
        }
    }
}
