import CUV

/// The environment variables and the working directory of the process.
package enum ProcessEnvironment {
    /// Returns the current value of a variable; nil if it is not set, is not UTF-8, or is longer than 64 KiB.
    ///
    /// Do not change variables on another thread at the same time: C libraries do not allow it.
    package static func value(of name: String) -> String? {
        var room = 1_024
        while room <= 65_536 {
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text -> String? in
                var length = text.count
                let result = uv_os_getenv(name, text.baseAddress, &length)
                room = result == UV_ENOBUFS.rawValue ? max(length, room + 1) : .max
                guard result == 0 else { return nil }
                return text.prefix(length).withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
            }
            if let text { return text }
        }
        return nil
    }

    /// The current working directory; nil if it has been removed, is not UTF-8, or its path is longer than 4 KiB.
    package static var currentDirectory: String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { text in
            var length = text.count
            guard uv_cwd(text.baseAddress, &length) == 0 else { return nil }
            return text.prefix(length).withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        }
    }
}
