#pragma once
#if !__has_include(<msgpack/unpack_template.h>)
#error "Webshocket needs the MessagePack C library: apt-get install libmsgpack-dev (libmsgpack-c-dev on newer systems), or brew install msgpack"
#endif
