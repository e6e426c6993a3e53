#pragma once
#if !__has_include(<openssl/ssl.h>)
#error "Webshocket needs OpenSSL: apt-get install libssl-dev, or brew install openssl@3"
#endif
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
