// Modules above this one use the public symbols of packets and of the protocol.
@_exported import Packets
@_exported import WebSocketProtocol
