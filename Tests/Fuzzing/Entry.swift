#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// The functions that libFuzzer calls. libFuzzer ignores options with two dashes, which are ours:
//   --target=NAME     the target to run
//   --seeds=FOLDER    instead of fuzzing: writes the seeds of every target to FOLDER/NAME and its dictionary to
//                     FOLDER/NAME.words, prints the names of the targets, and exits

private func option(_ name: String) -> String? {
    let prefix = "--\(name)="
    return CommandLine.arguments.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
}

private let target: any FuzzTarget.Type = {
    let name = option("target")
    guard let target = targets.first(where: { $0.name == name }) else {
        print("--target must be one of:", targets.map { $0.name }.joined(separator: " "))
        exit(2)
    }
    return target
}()

@c(LLVMFuzzerInitialize)
func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    if let folder = option("seeds") {
        for target in targets { target.writeSeeds(into: folder) }
        exit(0)
    }
    _ = target
    return 0
}

@c(LLVMFuzzerTestOneInput)
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

// MARK: - Seeds

extension FuzzTarget {
    fileprivate static func writeSeeds(into folder: String) {
        mkdir("\(folder)/\(name)", 0o755)
        for (index, seed) in seeds.enumerated() { write(seed, to: "\(folder)/\(name)/seed-\(index)") }
        let lines = ["# Tokens of the grammar of \(name)\n"] + words.map { "\"\($0.escapedForDictionary)\"\n" }
        write(Array(lines.joined().utf8), to: "\(folder)/\(name).words")
        print(name)
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }
}

extension [UInt8] {
    fileprivate var escapedForDictionary: String {
        map { byte in
            let isPlain = byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            return isPlain
                ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
