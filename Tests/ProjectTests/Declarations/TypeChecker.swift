import Foundation

/// Runs the Swift compiler to type-check sources that import the built library.
enum TypeChecker {
    struct NotBuilt: Error {}

    /// Whether the compiler is installed.
    static func isInstalled() async -> Bool {
        (try? await ChildProcess("swiftc", ["--version"]).finish())?.status == 0
    }

    /// Checks sources in one run of the compiler.
    /// - Returns: The first error in each source; nil for a source without an error.
    static func errors(in sources: [String]) async throws -> [String?] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "declarations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = sources.indices.map { folder.appending(path: "Source\($0).swift").path }
        for (file, source) in zip(files, sources) {
            try Data(source.utf8).write(to: URL(filePath: file))
        }
        let arguments =
            ["-typecheck", "-wmo", "-swift-version", "6", "-parse-as-library"] + (try importFlags()) + files
        let outcome = try await ChildProcess("swiftc", arguments).finish()
        var errors = [String?](repeating: nil, count: sources.count)
        for line in (outcome.output + outcome.errors).split(separator: "\n") {
            guard let range = line.firstRange(of: ": error: ") else { continue }
            let place = line[..<range.lowerBound]
            // An error in another file is an error of this harness.
            guard let index = files.firstIndex(where: { place.hasPrefix($0 + ":") }) else {
                throw CompilerFault(text: String(line))
            }
            errors[index] = errors[index] ?? String(line[range.upperBound...])
        }
        if outcome.status != 0, errors.allSatisfy({ $0 == nil }) { throw CompilerFault(text: outcome.errors) }
        return errors
    }

    struct CompilerFault: Error {
        let text: String
    }

    /// The flags with which `import Webshocket` finds the module that the tests were built with, and its C modules.
    private static func importFlags() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let build = try buildFolder()
        var flags = ["-I", build.appending(path: "Modules").path]
        // The module cache of the build is not used, because it may have been created under another path.
        flags += ["-module-cache-path", build.appending(path: "DeclarationModules").path]
        let sources = root.appending(path: "Sources")
        for folder in try folders(in: build) + folders(in: sources) {
            let map = folder.appending(path: "module.modulemap").path
            if FileManager.default.fileExists(atPath: map) { flags += ["-Xcc", "-fmodule-map-file=\(map)"] }
            let headers = folder.appending(path: "include").path
            if FileManager.default.fileExists(atPath: headers) { flags += ["-Xcc", "-I\(headers)"] }
        }
        let homebrew = "/opt/homebrew/include"
        if FileManager.default.fileExists(atPath: homebrew) { flags += ["-Xcc", "-I\(homebrew)"] }
        return flags
    }

    private static func folders(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { folder.appending(path: $0) }
    }

    /// The folder of the build products, which contains the test bundle at some level.
    private static func buildFolder() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let module = folder.appending(path: "Modules/Webshocket.swiftmodule").path
            if FileManager.default.fileExists(atPath: module) { return folder.resolvingSymlinksInPath() }
            folder.deleteLastPathComponent()
        }
        throw NotBuilt()
    }
}
