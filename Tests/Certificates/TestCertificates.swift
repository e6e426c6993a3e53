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

    /// Has the authority sign a client's certificate that is valid until then, with the key of `client`.
    package func signClient(_ name: String, until end: Date) throws {
        var seconds = time_t(end.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y%m%d%H%M%SZ", &parts)
        let until = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let script = """
            cd \(folder) && cp client.key \(name).key
            openssl req -new -key \(name).key -subj /CN=\(name) -out \(name).csr
            openssl ca -batch -notext -config authority.cnf -in \(name).csr -out \(name).pem -extfile client.ext \\
                -startdate 20200101000000Z -enddate \(until)
            """
        guard try Program.run("sh", ["-c", script]).status == 0 else { throw Absent() }
    }

    package var authority: String { certificate("authority") }

    /// A new folder beside them, which goes with them.
    package func makeFolder() throws -> String {
        let path = "\(folder)/\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
