// Linux calls that Swift can't see or can't spell: control messages, variadic functions, macros.
// One file a builder of system calls; this umbrella is what Swift imports.
#pragma once
#include "CLinuxSignalling.h"
#include "CLinuxMedia.h"
