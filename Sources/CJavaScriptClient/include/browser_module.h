#pragma once
#include <stddef.h>

/// Bytes that live as long as the process.
struct browser_module_bytes {
    const unsigned char *start;
    size_t count;
};

/// Sources/JavaScriptClient/webshocket.js.
struct browser_module_bytes browser_module_script(void);

/// Sources/JavaScriptClient/webshocket.d.ts.
struct browser_module_bytes browser_module_declarations(void);
