// Users import one module: what the rooms below make public is part of it.
@_exported import Packets
@_exported import WebSocketProtocol
