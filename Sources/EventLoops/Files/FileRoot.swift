import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension SocketError {
    /// An explanation of an error of ``FileRoot/init(_:)``; nil if the system's message suffices.
    package var cannotTell: String? {
        guard operation == .open, code == .other(-ENOSYS) else { return nil }
        return "cannot determine the path of an open file; is /proc mounted?"
    }
}

/// A folder from which regular files are read. Files outside of it cannot be reached.
package struct FileRoot: Sendable {
    /// The result of a search in the folder.
    package enum Finding: Sendable {
        case file(OpenFile)
        case folder
        /// The file does not exist, may not be read, or is outside of the folder.
        case nothing
        /// The process or the system has too many open files, or is out of memory.
        case busy
    }

    /// The absolute path of the folder, without symbolic links, `.` and `..`.
    private let path: String

    /// Resolves the path of a folder. Blocks.
    /// - Parameter folder: The path of the folder.
    /// - Throws: The system's error, such as `ENOTDIR` if it is not a folder. `ENOSYS` if the system cannot report the
    ///   path of an open file, for example on Linux without `/proc`.
    package init(_ folder: String) throws(SocketError) {
        guard let resolved = realpath(folder, nil) else { throw SocketError(-errno, .open) }
        defer { free(resolved) }
        path = String(cString: resolved)
        guard case .folder = find([]) else { throw SocketError(canFindPaths ? -ENOTDIR : -ENOSYS, .open) }
    }

    /// Opens a file or a folder below the folder. Blocks.
    ///
    /// It follows symbolic links, then asks the system for the actual path of the open file, and checks whether that is
    /// in the folder. If the path were checked before opening, the file could be replaced in between.
    /// - Parameter names: The components of the path. None of them may be `..` or contain a slash or a NUL.
    package func find(_ names: [String]) -> Finding {
        let descriptor = cuv_open_file(([path] + names).joined(separator: "/"))
        guard descriptor >= 0 else {
            return [EMFILE, ENFILE, ENOMEM].contains(-descriptor) ? .busy : .nothing
        }
        let content = cuv_content_of(descriptor)
        let file = OpenFile(descriptor, content)
        guard content.error == 0, let place = Self.place(of: descriptor), holds(place) else { return .nothing }
        if content.is_folder != 0 { return .folder }
        return content.is_regular != 0 && content.size >= 0 ? .file(file) : .nothing
    }

    /// Whether the system reports the path of an open file.
    private var canFindPaths: Bool {
        let descriptor = cuv_open_file(path)
        guard descriptor >= 0 else { return true }
        defer { cuv_close(descriptor) }
        return Self.place(of: descriptor) != nil
    }

    /// Returns the absolute path of an open file, without symbolic links; nil if the system does not report it.
    private static func place(of descriptor: Int32) -> [UInt8]? {
        let place = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX) + 1) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) {
                count = max(0, cuv_path_of(descriptor, $0.baseAddress, $0.count))
            }
        }
        return place.isEmpty ? nil : place
    }

    /// Returns whether a path is the folder or inside it.
    private func holds(_ place: [UInt8]) -> Bool {
        let root = path == "/" ? [] : Array(path.utf8)
        guard place.starts(with: root) else { return false }
        return place.count == root.count || place[root.count] == UInt8(ascii: "/")
    }
}
