import Foundation

/// The certificates that `make` beside this file makes, once for a run of the tests, in a folder that goes with it.
package struct TestCertificates: Sendable {
    private let folder: String

    private static let made: TestCertificates? = {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "make").path
        let folder = "/tmp/webshocket-certificates-\(UInt64.random(in: 0 ... .max))"
        guard let status = try? Program.run(script, [folder]).status, status == 0 else { return nil }
        discarded = folder
        atexit { try? FileManager.default.removeItem(atPath: TestCertificates.discarded) }
        return TestCertificates(folder: folder)
    }()

    nonisolated(unsafe) private static var discarded = ""

    /// For the condition of a suite that needs them.
    package static var areMade: Bool { made != nil }

    /// For the comment of such a condition.
    package static let absence = "SKIPPED: no certificates without the openssl program; Tests/prepare installs it"

    package static var shared: TestCertificates {
        get throws {
            guard let made else { throw Absent() }
            return made
        }
    }

    struct Absent: Error {}

    /// The file of a certificate; see `make` for what there is.
    package func certificate(_ name: String) -> String { "\(folder)/\(name).pem" }

    package func key(_ name: String) -> String { "\(folder)/\(name).key" }

    package var authority: String { certificate("authority") }

    /// A new folder beside them, which goes with them.
    package func makeFolder() throws -> String {
        let path = "\(folder)/\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
