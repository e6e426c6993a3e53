import Foundation

/// Creates a folder for Unix-domain sockets, runs `body`, and removes the folder.
///
/// Tests use such a socket instead of a TCP port if they restart a server at the same endpoint or expect connecting to
/// fail. Another process may take a TCP port as soon as it is free.
func withSocketFolder(_ body: (_ folder: String) async throws -> Void) async throws {
    // The path is short because a socket's path may have at most 107 bytes.
    let folder = "/tmp/ws-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}
