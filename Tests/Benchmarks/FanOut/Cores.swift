import Foundation

/// The processor cores that the server and the load are pinned to, so that each has its own.
///
/// Has no effect on a machine with a single core, or without `taskset`.
enum Cores: Int {
    case server
    case load

    private static let taskset = "/usr/bin/taskset"

    private static var arePlenty: Bool {
        ProcessInfo.processInfo.processorCount > 1 && FileManager.default.isExecutableFile(atPath: taskset)
    }

    /// The prefix of a command that runs it on a core; empty if cores are not assigned.
    static func command(on core: Cores) -> [String] {
        arePlenty ? [taskset, "-c", "\(core.rawValue)"] : []
    }

    /// Pins this process and all its threads to a core.
    static func move(to core: Cores) throws {
        guard arePlenty else { return }
        let process = Process()
        process.executableURL = URL(filePath: taskset)
        process.arguments = ["-a", "-c", "-p", "\(core.rawValue)", "\(ProcessInfo.processInfo.processIdentifier)"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }
}
