import Foundation

/// The built `webshocket` of the configuration that is tested, as a process of its own.
final class RunningCommand {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    init(_ arguments: [String]) throws {
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    struct NotBuilt: Error {}

    /// SwiftPM puts it beside the bundle that the tests run from.
    private static func executable() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<3 {
            let candidate = folder.appending(path: "webshocket")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        throw NotBuilt()
    }

    /// Serves on a free port; returns when it says where.
    static func serve(_ arguments: String...) throws -> (command: RunningCommand, url: String) {
        let command = try RunningCommand(["serve", "--port", "0"] + arguments)
        let line = String(decoding: command.output.fileHandleForReading.availableData, as: UTF8.self)
        guard let url = line.split(separator: " ").last?.split(separator: "\n").first else { throw NotBuilt() }
        return (command, String(url))
    }

    /// Waits for the end.
    func finish() -> Outcome {
        let output = output.fileHandleForReading.readDataToEndOfFile()
        let errors = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    static func run(_ arguments: String...) throws -> Outcome {
        try RunningCommand(arguments).finish()
    }

    /// How many descriptors the process has open; nil where the system does not tell.
    var descriptorCount: Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count
    }
}
