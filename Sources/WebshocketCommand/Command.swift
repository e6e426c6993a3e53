/// The commands of the command line, and how they are used.
enum Command: String, CaseIterable {
    case serve, call, stream

    /// The first lines of the usage, which follow `usage: `.
    var synopsis: String {
        switch self {
        case .serve:
            """
            webshocket serve [--host HOST] [--port PORT] [--loops N] [--max-message BYTES] [--compression]
                             [--json-frames text|binary] [--patterns segments|globs]
                             [--slow-consumers disconnect|drop-oldest|keep-latest] [--origin ORIGIN|any]…
                             [--connections N] [--connections-per-address N] [--ping SECONDS]
                             [--trust-proxy NETWORK[,NETWORK]… [--forwarded|--proxy-protocol]]
                             [--cert FILE --key FILE [--client-ca FILE]]
                             [--files FOLDER] [--javascript-client PATH]
            """
        case .call:
            """
            webshocket call URL METHOD [ARGUMENT]… [--named KEY=VALUE]… [--json] [--raw] [--timeout SECONDS]
                            [--token TOKEN] [--header 'NAME: VALUE']… [--ca FILE] [--cert FILE --key FILE]
            """
        case .stream:
            """
            webshocket stream URL METHOD [ARGUMENT]… [--named KEY=VALUE]… [--json] [--raw] [--timeout SECONDS]
                              [--window N] [--take N] [--token TOKEN] [--header 'NAME: VALUE']…
                              [--ca FILE] [--cert FILE --key FILE]
            """
        }
    }

    var details: String {
        switch self {
        case .serve:
            """
            serve   serves the demonstration methods on /, and echoes raw messages on /echo. Prints its URL, and the
                    methods in further lines. With a certificate and its key it serves wss, and reads both again at
                    SIGHUP; with --client-ca, clients must show certificates. Proxies in a NETWORK, such as
                    10.0.0.0/8, are trusted to name their clients, in X-Forwarded-For, in Forwarded or by the PROXY
                    protocol. --ping is the interval between pings. --files serves the files of a FOLDER,
                    --javascript-client the client for browsers at a PATH such as /webshocket.js.
            """
        case .call:
            """
            call    calls one method and prints its result as JSON. An ARGUMENT that is JSON is sent as such, anything
                    else as a string; @FILE is the text of a file. --json uses the JSON codec. --raw prints a result
                    that is a string without quotes and escapes. --timeout applies to the connection and to the call,
                    each. --token is sent to the server first; with @FILE it is the first line of that file. --header
                    is sent with the upgrade request. For a wss URL, --ca has the authorities to trust instead of the
                    system's, and --cert and --key are the client's own.
            """
        case .stream:
            """
            stream  calls one method that streams and prints each element as a line of JSON, as soon as it arrives. It
                    has the options of call, but --timeout applies to the whole stream. --window is the number of
                    elements that may wait to be printed; --take ends the stream after that many.
            """
        }
    }

    var help: String { Self.help(for: [self]) }

    /// The help for all commands.
    static var help: String {
        help(for: allCases) + "\n\n"
            + """
            webshocket --help, webshocket COMMAND --help and webshocket --version print this text, that of one command,
            and the version.
            """
    }

    /// The short usage, printed if no command is given.
    static let shortUsage = """
        usage: webshocket serve [OPTION]…
               webshocket call URL METHOD [ARGUMENT]… [OPTION]…
               webshocket stream URL METHOD [ARGUMENT]… [OPTION]…
               webshocket --help | --version
        """

    private static func help(for commands: [Command]) -> String {
        let synopses = commands.map(\.synopsis).joined(separator: "\n").split(separator: "\n")
        let usage = synopses.enumerated().map { ($0 == 0 ? "usage: " : "       ") + $1 }.joined(separator: "\n")
        return usage + "\n\n" + commands.map(\.details).joined(separator: "\n") + "\n" + exitStatus
    }

    private static let exitStatus = """

        The exit status is 0 for success, 1 for a failure, which one line on standard error names, and 2 for a command line
        that is not understood.
        """
}
