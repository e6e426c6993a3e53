#include "messagepack.h"
