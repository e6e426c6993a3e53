// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The pkg-config name of the MessagePack C library: `msgpack-c` on newer Debian and Ubuntu releases, `msgpack` on
/// Debian 12 and with Homebrew.
let messagePackModule =
    ["/usr/lib", "/usr/local/lib", "/opt/homebrew/lib", "/usr/share"].contains { root in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let folders = [root] + names.map { "\(root)/\($0)" }
        return folders.contains { FileManager.default.fileExists(atPath: "\($0)/pkgconfig/msgpack-c.pc") }
    } ? "msgpack-c" : "msgpack"

/// The pkg-config name of simdjson; nil on Linux.
///
/// On Debian, the compiler finds the library without `simdjson.pc`, which contains a flag that SwiftPM rejects with a
/// warning. With Homebrew, `simdjson.pc` is needed to find the library.
#if os(Linux)
    let simdJSONModule: String? = nil
#else
    let simdJSONModule: String? = "simdjson"
#endif

let package = Package(
    name: "webshocket",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Webshocket", targets: ["Webshocket"]),
        .library(name: "WebshocketClient", targets: ["WebshocketClient"]),
        .executable(name: "webshocket", targets: ["WebshocketCommand"]),
    ],
    targets: [
        // Layer 0: thin modules around C libraries, and the byte buffer that the modules above share.
        .systemLibrary(
            name: "LibMessagePack", pkgConfig: messagePackModule,
            providers: [.apt(["libmsgpack-dev"]), .brew(["msgpack"])]),
        .systemLibrary(
            name: "LibSimdJSON", pkgConfig: simdJSONModule,
            providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]),
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CText", exclude: ["make_scalar_classes"]),
        .target(name: "CTape"),
        .target(name: "CMessagePack", dependencies: ["CTape", "CText", "LibMessagePack"]),
        .target(
            name: "CSimdJSON", dependencies: ["CTape", "CText", "LibSimdJSON"],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CJavaScriptClient"),
        .target(name: "CMemory"),
        .target(name: "Bytes", dependencies: ["CMemory"]),

        // Layer 1: the WebSocket protocol, the packets, the event loops and the JavaScript client. They are independent
        // of each other.
        .target(name: "WebSocketProtocol", dependencies: ["Bytes", "CText", "COpenSSL", "CZlib"]),
        .target(name: "Packets", dependencies: ["Bytes", "CTape", "CMessagePack", "CSimdJSON"]),
        .target(name: "EventLoops", dependencies: ["Bytes", "COpenSSL", "CUV"]),
        .target(
            name: "JavaScriptClient", dependencies: ["CJavaScriptClient"],
            exclude: ["webshocket.js", "webshocket.d.ts"]),

        // Layer 2: what server and client share.
        .target(name: "WebshocketCore", dependencies: ["Bytes", "WebSocketProtocol", "Packets", "EventLoops"]),

        // Layer 3: the server and the client, which are independent of each other.
        .target(
            name: "WebshocketServer",
            dependencies: [
                "WebshocketCore", "Bytes", "WebSocketProtocol", "Packets", "EventLoops", "JavaScriptClient",
            ]),
        .target(
            name: "WebshocketClient",
            dependencies: ["WebshocketCore", "Bytes", "WebSocketProtocol", "Packets", "EventLoops"]),

        // Layer 4: the library that users import.
        .target(name: "Webshocket", dependencies: ["WebshocketServer", "WebshocketClient"]),

        // Layer 5: the command-line tool, the examples and programs for tests.
        .executableTarget(name: "WebshocketCommand", dependencies: ["Webshocket", "EventLoops", "CMemory"]),
        .executableTarget(name: "Hello", dependencies: ["Webshocket"], path: "Examples/Hello"),
        .executableTarget(name: "Calculator", dependencies: ["Webshocket"], path: "Examples/Calculator"),
        .executableTarget(name: "Board", dependencies: ["Webshocket"], path: "Examples/Board"),
        .executableTarget(name: "BoardClient", dependencies: ["Webshocket"], path: "Examples/BoardClient"),
        .executableTarget(name: "Auction", dependencies: ["Webshocket"], path: "Examples/Auction"),
        .executableTarget(name: "Primes", dependencies: ["Webshocket"], path: "Examples/Primes"),
        .executableTarget(name: "Rooms", dependencies: ["Webshocket"], path: "Examples/Rooms"),
        .executableTarget(
            name: "Chat", dependencies: ["Webshocket"], path: "Examples/Chat", exclude: ["Screenshots"],
            resources: [.copy("Public")]),
        .executableTarget(name: "autobahn-client", dependencies: ["Webshocket"], path: "Tests/AutobahnClient"),
        .executableTarget(
            name: "browser-test-server", dependencies: ["Webshocket", "EventLoops"], path: "Tests/BrowserServer"),
        .executableTarget(
            name: "feature-server", dependencies: ["Webshocket", "EventLoops"], path: "Tests/FeatureServer"),
        .executableTarget(
            name: "fan-out-benchmark",
            dependencies: ["Webshocket", "WebSocketProtocol", "Packets", "EventLoops", "Bytes"],
            path: "Tests/Benchmarks/FanOut"),
        .executableTarget(
            name: "load-server", dependencies: ["Webshocket"], path: "Tests/Benchmarks/LoadServer"),
        .executableTarget(name: "counted", dependencies: ["Webshocket", "CMemory"], path: "Tests/Benchmarks/Counted"),
        .executableTarget(
            name: "hostile-text-benchmark", dependencies: ["Webshocket", "EventLoops", "BlockingPeers"],
            path: "Tests/Benchmarks/HostileText"),
        .executableTarget(
            name: "reconnecting-client", dependencies: ["Webshocket"], path: "Tests/Benchmarks/Reconnecting"),

        .target(name: "FaultyNetwork", dependencies: ["EventLoops", "Bytes"], path: "Tests/FaultyNetwork"),
        .target(
            name: "SoakRun", dependencies: ["Webshocket", "FaultyNetwork", "EventLoops"], path: "Tests/SoakRun"),
        .executableTarget(name: "soak", dependencies: ["SoakRun"], path: "Tests/Soak"),

        // Helpers that the tests share, and the tests.
        .target(name: "Certificates", path: "Tests/Certificates", exclude: ["make"]),
        .target(name: "BlockingPeers", dependencies: ["EventLoops"], path: "Tests/BlockingPeers"),
        .target(name: "OwnProcesses", path: "Tests/OwnProcesses"),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
        .testTarget(name: "CTextTests", dependencies: ["CText"]),
        .testTarget(name: "WebSocketProtocolTests", dependencies: ["WebSocketProtocol", "Bytes"]),
        .testTarget(name: "PacketsTests", dependencies: ["Packets", "Bytes"]),
        .testTarget(
            name: "EventLoopsTests",
            dependencies: ["EventLoops", "Bytes", "Certificates", "OwnProcesses", "COpenSSL"]),
        .testTarget(
            name: "WebshocketTests",
            dependencies: ["Webshocket", "EventLoops", "Bytes", "Certificates", "BlockingPeers", "OwnProcesses"]),
        .testTarget(
            name: "SoakTests", dependencies: ["SoakRun", "FaultyNetwork", "EventLoops", "Bytes", "OwnProcesses"]),
        .testTarget(
            name: "ProjectTests",
            dependencies: [
                "Webshocket", "WebshocketCommand", "JavaScriptClient", "Certificates", "BlockingPeers", "EventLoops",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx17
)
