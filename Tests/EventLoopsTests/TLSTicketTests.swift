import Certificates
import EventLoops
import Foundation
import Testing

@Suite("A session ticket", .timeLimit(.minutes(5)))
struct TLSTicketTests {
    @Test("is encrypted with a key that encrypts for four hours and decrypts for eight")
    func rotation() {
        let start = ContinuousClock.now
        let hour = Duration.seconds(3_600)
        var ring = TicketKeyRing()
        let first = ring.sealing(at: start)
        #expect(ring.sealing(at: start + hour * 3) == first)
        let second = ring.sealing(at: start + hour * 4)
        #expect(second.name != first.name && ring.sealing(at: start + hour * 5) == second)
        #expect(ring.opening(first.name, at: start + hour * 7) == first)
        #expect(ring.opening(second.name, at: start + hour * 7) == second)
        #expect(ring.opening(first.name, at: start + hour * 8) == nil)
        let third = ring.sealing(at: start + hour * 8)
        #expect(ring.opening(first.name, at: start + hour * 7) == nil, "more than two keys were kept")
        #expect(ring.opening(third.name, at: start + hour * 8) == third)
        #expect(ring.opening(Array(repeating: 0, count: 16), at: start) == nil)
    }

    @Test(
        "is rejected if the client's certificate has expired since",
        .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)))
    func expiry() async throws {
        // On a busy machine, a certificate with a short lifetime may expire before the test has used it.
        for lifetime in [8.0, 30, 100] where try await isJudged(lifetime) { return }
        Issue.record("no certificate lived long enough")
    }

    /// Tests the expiry of a certificate with this lifetime in seconds.
    /// - Returns: False if the certificate expired before the first two connections, so nothing was tested.
    private func isJudged(_ lifetime: Double) async throws -> Bool {
        let certificates = try TestCertificates.shared
        let end = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + lifetime).rounded(.down))
        try certificates.signClient("brief", until: end)
        let authority = PEMSource.file(certificates.authority)
        let server = try TLSContext.test(server: "server", clients: .required(authorities: authority))
        let client = try TLSContext.test(client: "brief")
        for isResumed in [false, true] {
            let wasResumed = Locked<Bool?>(nil)
            try await SecurePair.with(server: server, client: client, serverRecorder: .echo()) { pair in
                await pair.client.send([1])
                await pair.client.recorder.wait { $0.byteCount == 1 || $0.closes > 0 }
                let isTakenUp = await pair.client.run { $0.tls?.isResumed }
                wasResumed.withLock { $0 = isTakenUp }
            }
            guard Date() < end else { return false }
            #expect(wasResumed.withLock { $0 } == isResumed)
        }
        while Date() < end + 1 { try await Task.sleep(for: .milliseconds(50)) }
        try await SecurePair.with(server: server, client: client, serverRecorder: .echo()) { pair in
            await pair.client.send([1])
            #expect(await pair.client.recorder.closed().error?.tls?.kind == .alert(45))
            #expect(await pair.server.recorder.closed().error?.tls?.kind == .certificate(.expired))
        }
        return true
    }
}
