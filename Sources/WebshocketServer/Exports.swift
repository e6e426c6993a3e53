// A program that only serves may import this module alone.
@_exported import WebshocketCore
