// A program that only calls may import this module alone.
@_exported import WebshocketCore
