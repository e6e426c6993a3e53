import Foundation
import Webshocket

/// Prints lines without buffering, so that they appear in a pipe immediately. Control characters are escaped.
enum Console {
    static func say(_ line: String) { FileHandle.standardOutput.write(data(line)) }
    static func complain(_ line: String) { FileHandle.standardError.write(data(line)) }

    private static func data(_ line: String) -> Data { Data((line.escapingControlCharacters + "\n").utf8) }
}
