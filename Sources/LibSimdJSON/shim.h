#pragma once
#if !__has_include(<simdjson.h>)
#error "Webshocket needs simdjson: apt-get install libsimdjson-dev, or brew install simdjson"
#endif
