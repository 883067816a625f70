// What we use of libspandsp: G.722, bit exact with the ITU's.
#pragma once
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
