#include "browser_module.h"

// In C, because an array literal of so many bytes keeps the Swift compiler busy for ten seconds; `#embed` is of C23, and
// clang knows it in C17 too.
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char script[] = {
#embed "../JavaScriptClient/webshocket.js"
};

static const unsigned char declarations[] = {
#embed "../JavaScriptClient/webshocket.d.ts"
};

struct browser_module_bytes browser_module_script(void) {
    return (struct browser_module_bytes){.start = script, .count = sizeof script};
}

struct browser_module_bytes browser_module_declarations(void) {
    return (struct browser_module_bytes){.start = declarations, .count = sizeof declarations};
}
