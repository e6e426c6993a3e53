/// The commands of the command line, with their help texts.
enum Command: String, CaseIterable {
    case serve, call, stream

    /// The syntax of the command, which is printed after `usage: `.
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
                              [--credit N] [--take N] [--token TOKEN] [--header 'NAME: VALUE']…
                              [--ca FILE] [--cert FILE --key FILE]
            """
        }
    }

    var details: String {
        switch self {
        case .serve:
            """
            serve   serves the demonstration methods on /, and echoes raw messages on /echo. Prints its URL, then its
                    methods, one per line. With --cert and --key it serves wss, and reloads both files on SIGHUP. With
                    --client-ca, clients must present a certificate. Proxies in a NETWORK, such as 10.0.0.0/8, are
                    trusted to report the addresses of their clients, in the X-Forwarded-For header, in the Forwarded
                    header or by the PROXY protocol. --ping is the interval between pings. --files serves the files of
                    a FOLDER, --javascript-client the client for browsers at a PATH such as /webshocket.js.
            """
        case .call:
            """
            call    calls one method and prints its result as JSON. An ARGUMENT is sent as JSON if it is valid JSON,
                    otherwise as a string; @FILE is replaced by the text of a file. --json uses the JSON codec. If the
                    result is a string, --raw prints it without quotes and escapes. --timeout limits the connection
                    attempt and the call separately. --token authenticates the client; @FILE is replaced by the first
                    line of a file. --header is added to the upgrade request. For a wss URL, --ca is a file of trusted
                    certificate authorities that replaces the system's, and --cert and --key identify the client.
            """
        case .stream:
            """
            stream  calls a method that returns a stream, and prints each element as one line of JSON as soon as it
                    arrives. It has the options of call, but --timeout limits the whole stream. --credit is the number
                    of elements that may be buffered before they are printed; --take ends the stream after that number.
            """
        }
    }

    var help: String { Self.help(for: [self]) }

    /// The help for all commands.
    static var help: String {
        help(for: allCases) + "\n\n"
            + """
            webshocket --help prints this text, webshocket COMMAND --help prints the help for one command, and
            webshocket --version prints the version.
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

        The exit status is 0 for success, 1 for a failure and 2 for an invalid command line. An error is reported in one
        line on standard error.
        """
}
