import Foundation

/// Who runs on which core: on a machine of two the server has one to itself, and the load the other.
///
/// Without effect on a machine of one core, and where there is no `taskset`.
enum Cores: Int {
    case server
    case load

    private static let taskset = "/usr/bin/taskset"

    private static var arePlenty: Bool {
        ProcessInfo.processInfo.processorCount > 1 && FileManager.default.isExecutableFile(atPath: taskset)
    }

    /// What stands before a command that is to run there.
    static func command(on core: Cores) -> [String] {
        arePlenty ? [taskset, "-c", "\(core.rawValue)"] : []
    }

    /// Moves this process, with all its threads.
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
