// c-ares as Swift sees it.
#pragma once
#include <ares.h>
#include <netdb.h>
