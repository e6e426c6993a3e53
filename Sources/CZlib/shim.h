#pragma once
#if !__has_include(<zlib.h>)
#error "Webshocket needs zlib: apt-get install zlib1g-dev, or brew install zlib"
#endif
#include <zlib.h>
