import Foundation

/// Makes a folder for Unix-domain sockets for the length of `body`.
///
/// Whoever stops a server and starts another at the same place, or expects that nobody listens there, takes a socket in
/// such a folder: another process may get a TCP port as soon as it is free.
func withSocketFolder(_ body: (_ folder: String) async throws -> Void) async throws {
    // Short, because a socket's path may have 107 bytes.
    let folder = "/tmp/ws-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}
