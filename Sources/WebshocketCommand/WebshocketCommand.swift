import CMemory
import EventLoops
import Webshocket

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line: `webshocket serve`, `webshocket call` and `webshocket stream`.
@main
enum WebshocketCommand {
    static let usage = """
        usage: webshocket serve [--host HOST] [--port PORT] [--loops N] [--max-message BYTES] [--compression]
                                [--json-frames text|binary] [--patterns segments|globs]
                                [--slow-consumers disconnect|drop-oldest|keep-latest] [--origin ORIGIN|any]…
                                [--connections N] [--connections-per-address N] [--ping SECONDS]
                                [--trust-proxy NETWORK[,NETWORK]… [--forwarded|--proxy-protocol]]
                                [--cert FILE --key FILE [--client-ca FILE]]
                                [--files FOLDER] [--javascript-client PATH]
               webshocket call URL METHOD [ARGUMENT]… [--named KEY=VALUE]… [--json] [--timeout SECONDS]
                               [--token TOKEN] [--header 'NAME: VALUE']… [--ca FILE] [--cert FILE --key FILE]
               webshocket stream URL METHOD [ARGUMENT]… [--named KEY=VALUE]… [--json] [--timeout SECONDS]
                                 [--window N] [--take N] [--token TOKEN] [--header 'NAME: VALUE']…
                                 [--ca FILE] [--cert FILE --key FILE]

        serve   serves the demonstration methods on /, and echoes raw messages on /echo; with a certificate and its
                key it serves wss, and reads both again at SIGHUP; --client-ca has clients show certificates;
                proxies in a NETWORK, such as 10.0.0.0/8, are believed who their clients are, by X-Forwarded-For,
                by Forwarded or by the PROXY protocol; --ping is how often a ping is sent; --files serves the files of
                a FOLDER, --javascript-client the client for browsers at a PATH such as /webshocket.js
        call    calls one method and prints its result as JSON; an ARGUMENT that is JSON is sent as such,
                anything else as a string, and @FILE is a file's text; --timeout is for the connection and for the
                call, each; exits with 1 and the error's name when the call fails; --token is shown to the server
                first, or with @FILE that file's first line, and --header goes with the upgrade request; for a wss
                URL, --ca is who may vouch for the server instead of the system's authorities, --cert and --key are
                shown to it
        stream  calls one method that streams and prints each element as a line of JSON, as soon as it comes; the
                options of call are the same, and --timeout is for the whole stream; --window is how many elements
                may wait to be printed, --take ends the stream after so many
        """

    static func main() async {
        ProcessSetup.openStreams()
        // For the whole process, so that only the program that owns it may do it.
        cmemory_release_large_blocks()
        var arguments = Array(CommandLine.arguments.dropFirst())
        let command = arguments.isEmpty ? "" : arguments.removeFirst()
        do {
            switch command {
            case "serve":
                let command = try ServeCommand(arguments)
                try command.prepareProcess()
                try await command.run()
            case "call":
                let command = try CallCommand(arguments)
                try ProcessSetup.checkResources()
                try await command.run()
            case "stream":
                let command = try StreamCommand(arguments)
                try ProcessSetup.checkResources()
                try await command.run()
            case "help", "--help", "-h": print(usage)
            default: throw UsageError("'\(command)' is no command")
            }
        } catch let error as UsageError {
            Terminal.fail("webshocket: \(error.message)\n\(usage)", status: 2)
        } catch {
            // What a server says may be meant for the terminal.
            let text = "\(error)".escapingControlCharacters
            // A server does not wait for the reader of its log, unless there are no threads that could write it.
            if command == "serve", !(error is ResourceShortage) {
                StandardError.write(line: text)
            } else {
                Terminal.complain(text)
            }
            exit(1)
        }
    }
}
