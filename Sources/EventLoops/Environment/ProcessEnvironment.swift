import CUV

/// The variables that the process was started with.
package enum ProcessEnvironment {
    /// The value of a variable; nil where it is not set, is no UTF-8, or has more than 64 KiB.
    ///
    /// It reads what the process has at this moment: whoever changes variables on another thread meanwhile breaks a
    /// promise of every C library.
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

    /// The working directory at this moment; nil if it has been removed, is not UTF-8, or has more than 4 KiB.
    package static var currentDirectory: String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { text in
            var length = text.count
            guard uv_cwd(text.baseAddress, &length) == 0 else { return nil }
            return text.prefix(length).withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
        }
    }
}
