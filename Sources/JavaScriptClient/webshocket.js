// A client for Webshocket servers: calls, streams, channels and rooms over one WebSocket that is kept alive.
export class WebshocketClient {}
