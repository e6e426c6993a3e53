#pragma once
#include "tape.h"
