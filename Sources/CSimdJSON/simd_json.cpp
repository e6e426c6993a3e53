#include "simd_json.h"
