import Foundation
import Webshocket

/// Prints lines, each at once, so that they can be read through a pipe. Text of others moves no cursor.
enum Console {
    static func say(_ line: String) { FileHandle.standardOutput.write(data(line)) }
    static func complain(_ line: String) { FileHandle.standardError.write(data(line)) }

    private static func data(_ line: String) -> Data { Data((line.escapingControlCharacters + "\n").utf8) }
}
