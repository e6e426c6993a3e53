import Foundation

/// Where lines for people go, each at once: a buffer would keep them from who reads through a pipe.
enum Console {
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    static func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
