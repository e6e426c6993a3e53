import Foundation

/// The certificates for tests, which the script `make` in this folder creates once per test run.
///
/// They are in a temporary folder, which is removed at exit.
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

    /// Whether there are certificates. Use it to enable suites that need them.
    package static var areMade: Bool { made != nil }

    /// The comment for suites that are skipped because there are no certificates.
    package static let absence = "SKIPPED: no certificates without the openssl program; Tests/prepare installs it"

    package static var shared: TestCertificates {
        get throws {
            guard let made else { throw Absent() }
            return made
        }
    }

    struct Absent: Error {}

    /// Returns the path of a certificate. The script `make` lists their names.
    package func certificate(_ name: String) -> String { "\(folder)/\(name).pem" }

    /// Returns the path of a private key.
    package func key(_ name: String) -> String { "\(folder)/\(name).key" }

    /// Creates a client certificate that the authority signs. It uses a copy of the key of `client`.
    /// - Parameters:
    ///   - name: The name of the certificate.
    ///   - end: The time at which it expires.
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

    /// The path of the authority's certificate.
    package var authority: String { certificate("authority") }

    /// Creates a folder that is removed at exit.
    /// - Returns: The path of the folder.
    package func makeFolder() throws -> String {
        let path = "\(folder)/\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
