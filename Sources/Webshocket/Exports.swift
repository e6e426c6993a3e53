// Users import only this module, so it re-exports the public symbols of the modules below it.
@_exported import Packets
@_exported import WebSocketProtocol
@_exported import WebshocketClient
@_exported import WebshocketCore
@_exported import WebshocketServer
