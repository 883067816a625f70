// libsndfile as Swift sees it: sound files of any form.
#pragma once
#include <sndfile.h>
