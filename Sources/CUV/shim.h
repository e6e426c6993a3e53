#pragma once
#if !__has_include(<uv.h>)
#error "Webshocket needs libuv: apt-get install libuv1-dev, or brew install libuv"
#endif
#include <uv.h>
