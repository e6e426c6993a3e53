import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension SocketError {
    /// What to say of an error of ``FileRoot/init(_:)`` that the system's words do not explain.
    package var cannotTell: String? {
        guard operation == .open, code == .other(-ENOSYS) else { return nil }
        return "the system does not tell where open files lie; is /proc there?"
    }
}

/// A folder whose regular files may be read, and nothing outside of it.
package struct FileRoot: Sendable {
    /// What lies at a place below the folder.
    package enum Finding: Sendable {
        case file(OpenFile)
        case folder
        /// Nothing, nothing that may be read, or nothing that is below the folder.
        case nothing
        /// The process or the system has too many files open, or no memory.
        case busy
    }

    /// Without symbolic links and dots.
    private let path: String

    /// Resolves a folder; blocks.
    /// - Throws: the system's error; `ENOTDIR` for what is no folder, `ENOSYS` where the system does not tell where
    ///   open files lie, as Linux does not without `/proc`.
    package init(_ folder: String) throws(SocketError) {
        guard let resolved = realpath(folder, nil) else { throw SocketError(-errno, .open) }
        defer { free(resolved) }
        path = String(cString: resolved)
        guard case .folder = find([]) else { throw SocketError(tellsPlaces ? -ENOTDIR : -ENOSYS, .open) }
    }

    /// Opens what lies at a place below the folder; blocks.
    ///
    /// Symbolic links are followed wherever they lead; where that was, is then asked of what is open, so that nobody
    /// can exchange something in between.
    /// - Parameter names: of folders and, at the end, of anything; none of them `..` or with a slash or a NUL in it.
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

    private var tellsPlaces: Bool {
        let descriptor = cuv_open_file(path)
        guard descriptor >= 0 else { return true }
        defer { cuv_close(descriptor) }
        return Self.place(of: descriptor) != nil
    }

    /// Where what is open lies, without symbolic links and dots; nil where the system does not tell.
    private static func place(of descriptor: Int32) -> [UInt8]? {
        let place = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX) + 1) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) {
                count = max(0, cuv_path_of(descriptor, $0.baseAddress, $0.count))
            }
        }
        return place.isEmpty ? nil : place
    }

    /// Whether a place lies in the folder, or is it.
    private func holds(_ place: [UInt8]) -> Bool {
        let root = path == "/" ? [] : Array(path.utf8)
        guard place.starts(with: root) else { return false }
        return place.count == root.count || place[root.count] == UInt8(ascii: "/")
    }
}
